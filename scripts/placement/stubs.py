"""Builds stub CUDA libraries (cudart, cublas, cublasLt, curand, cuda, cudnn) for one CUDA provider.

usage: stubs.py PROVIDER_CUDA_SO   (libraries are written to the current folder)

Memory is host memory; every copy, kernel launch and GEMM is logged as a line to the file named by
STUBLOG; nothing is computed. Needs gcc, nm and strings.
"""
import subprocess,re,sys
P=sys.argv[1]
syms=[l.split()[-1] for l in subprocess.check_output(['nm','-D','--undefined-only',P],text=True).splitlines()]
by={}
for s in syms:
    if '@lib' in s:
        n,v=s.split('@'); by.setdefault(v,[]).append(n)
    elif re.match(r'^cu[A-Z]',s): by.setdefault('libcuda.so.1',[]).append(s)
    elif s.startswith('curand'): by.setdefault('libcurand.so.10',[]).append(s)
strs=subprocess.check_output(['strings','-n','6',P],text=True).splitlines()
cudnn=sorted({s for s in strs if re.match(r'^cudnn[A-Z]\w+$',s)})
print({k:len(v) for k,v in by.items()},len(cudnn))
special={
'cudaGetDeviceCount':'int cudaGetDeviceCount(int*n){*n=1;return 0;}',
'cudaGetDevice':'int cudaGetDevice(int*n){*n=0;return 0;}',
'cudaGetDeviceProperties':'''int cudaGetDeviceProperties(char*p,int d){memset(p,0,1000);strcpy(p,"stub");*(size_t*)(p+288)=8ull<<30;*(size_t*)(p+296)=49152;*(int*)(p+304)=65536;*(int*)(p+308)=32;*(int*)(p+320)=1024;*(int*)(p+324)=1024;*(int*)(p+328)=1024;*(int*)(p+332)=64;*(int*)(p+336)=2147483647;*(int*)(p+340)=65535;*(int*)(p+344)=65535;*(size_t*)(p+352)=65536;*(int*)(p+360)=9;*(int*)(p+364)=0;*(int*)(p+384)=132;*(int*)(p+388)=132;return 0;}''',
'cudaDeviceGetAttribute':'int cudaDeviceGetAttribute(int*v,int a,int d){*v=(a==75)?9:(a==76)?0:(a==16)?132:(a==1)?1024:(a==97)?232448:1;return 0;}',
'cudaMalloc':'int cudaMalloc(void**p,size_t n){*p=calloc(1,n+256);L("malloc",n);return 0;}',
'cudaMallocHost':'int cudaMallocHost(void**p,size_t n){*p=calloc(1,n+256);return 0;}',
'cudaHostAlloc':'int cudaHostAlloc(void**p,size_t n,unsigned f){*p=calloc(1,n+256);return 0;}',
'cudaMallocFromPoolAsync':'int cudaMallocFromPoolAsync(void**p,size_t n,void*a,void*s){*p=calloc(1,n+256);return 0;}',
'cudaFree':'int cudaFree(void*p){free(p);return 0;}','cudaFreeHost':'int cudaFreeHost(void*p){free(p);return 0;}','cudaFreeAsync':'int cudaFreeAsync(void*p,void*s){free(p);return 0;}',
'cudaMemGetInfo':'int cudaMemGetInfo(size_t*f,size_t*t){*f=7ull<<30;*t=8ull<<30;return 0;}',
'cudaMemcpy':'int cudaMemcpy(void*d,const void*s,size_t n,int k){memcpy(d,s,n);LK(k,n);return 0;}',
'cudaMemcpyAsync':'int cudaMemcpyAsync(void*d,const void*s,size_t n,int k,void*st){memmove(d,s,n);LK(k,n);return 0;}',
'cudaMemcpyFromSymbol':'int cudaMemcpyFromSymbol(void*d,const void*s,size_t n,size_t o,int k){memset(d,0,n);return 0;}',
'cudaMemset':'int cudaMemset(void*d,int v,size_t n){memset(d,v,n);return 0;}','cudaMemsetAsync':'int cudaMemsetAsync(void*d,int v,size_t n,void*s){memset(d,v,n);return 0;}',
'cudaRuntimeGetVersion':'int cudaRuntimeGetVersion(int*v){*v=13000;return 0;}','cudaDriverGetVersion':'int cudaDriverGetVersion(int*v){*v=13000;return 0;}',
'cudaGetErrorString':'const char*cudaGetErrorString(int e){return "stub";}','cudaGetErrorName':'const char*cudaGetErrorName(int e){return "stub";}',
'cudaLaunchKernel':'int cudaLaunchKernel(const void*f){L("kernel",0);return 0;}','__cudaLaunchKernel':'int __cudaLaunchKernel(const void*f){L("kernel",0);return 0;}','cudaLaunchKernelExC':'int cudaLaunchKernelExC(const void*f){L("kernel",0);return 0;}',
'__cudaRegisterFatBinary':'void**__cudaRegisterFatBinary(void*p){static void*x;return &x;}',
'__cudaPopCallConfiguration':'int __cudaPopCallConfiguration(char*a,char*b,size_t*c,void**d){memset(a,0,12);memset(b,0,12);*c=0;*d=0;return 0;}',
'cudaLaunchHostFunc':'int cudaLaunchHostFunc(void*s,void(*f)(void*),void*u){f(u);return 0;}',
'cudaStreamIsCapturing':'int cudaStreamIsCapturing(void*s,int*c){*c=0;return 0;}',
'cudaStreamBeginCapture':'int cudaStreamBeginCapture(void*s,int m){L("BEGINCAPTURE",0);return 0;}',
'cudaStreamEndCapture':'int cudaStreamEndCapture(void*s,void**g){*g=(void*)64;L("ENDCAPTURE",0);return 0;}',
'cudaGraphInstantiate':'int cudaGraphInstantiate(void**g){*g=(void*)64;return 0;}',
'cudaGraphLaunch':'int cudaGraphLaunch(void*g,void*s){L("GRAPHLAUNCH",0);return 0;}',
'cudaStreamSynchronize':'int cudaStreamSynchronize(void*s){L("streamsync",0);return 0;}',
'cudaDeviceSynchronize':'int cudaDeviceSynchronize(void){L("devsync",0);return 0;}',
'cublasGetStatusName':'const char*cublasGetStatusName(int e){return "stub";}','cublasGetStatusString':'const char*cublasGetStatusString(int e){return "stub";}',
'cublasGetMathMode':'int cublasGetMathMode(void*h,int*m){*m=0;return 0;}',
'cudnnBackendCreateDescriptor':'int cudnnBackendCreateDescriptor(int t,void**p){*p=calloc(1,4096);return 0;}',
'cudnnBackendGetAttribute':'int cudnnBackendGetAttribute(void*d,int n,int t,long long r,long long*c,void*a){if(c)*c=(t==15||t==3)?1:0;if(a&&r>0&&t==3)*(long long*)a=0;return 0;}',
'cudnnBackendExecute':'int cudnnBackendExecute(){L("conv",0);return 0;}',
'cudnnGetVersion':'size_t cudnnGetVersion(void){return 91700;}','cudnnGetErrorString':'const char*cudnnGetErrorString(int e){return "stub";}','cudnnGetLastErrorString':'void cudnnGetLastErrorString(char*b,size_t n){if(n)b[0]=0;}',
'cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags':'int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int*n){*n=2;return 0;}',
'cudaFuncGetAttributes':'int cudaFuncGetAttributes(char*a,const void*f){memset(a,0,80);return 0;}',
'cublasSgemm_v2':'int cublasSgemm_v2(){L("gemm",0);return 0;}','cublasGemmEx':'int cublasGemmEx(){L("gemm",0);return 0;}','cublasLtMatmul':'int cublasLtMatmul(){L("gemm",0);return 0;}',
}
import os
hdr='''#include <string.h>
#include <stdlib.h>
#include <stdio.h>
static FILE*lf(){static FILE*f;if(!f){const char*p=getenv("STUBLOG");f=p?fopen(p,"a"):fopen("/dev/null","a");setvbuf(f,0,_IOLBF,0);}return f;}
static void L(const char*w,size_t n){fprintf(lf(),"%s %zu\\n",w,n);}
static void LK(int k,size_t n){fprintf(lf(),"memcpy_%s %zu\\n",k==1?"H2D":k==2?"D2H":k==3?"D2D":k==4?"DEFAULT":"H2H",n);}
'''
def emit(lib,names,ver):
    body=hdr
    for n in names:
        if n in special: body+=special[n]+'\n'
        elif re.search(r'(Create|CreateWithFlags|_v2)$',n) and 'Create' in n or n.startswith('cudnnCreate') : body+=f'int {n}(void**p){{*p=calloc(1,4096);return 0;}}\n'
        elif n in('cublasLtCreate','cudaStreamCreate','cudaMemPoolCreate'): body+=f'int {n}(void**p){{*p=calloc(1,4096);return 0;}}\n'
        elif n.startswith('__cuda'): body+=f'void* {n}(){{return 0;}}\n'
        else: body+=f'int {n}(){{return 0;}}\n'
    open(lib+'.c','w').write(body)
    open(lib+'.map','w').write('%s { global: *; };\n'%ver)
    subprocess.check_call(['gcc','-w','-shared','-fPIC','-O1','-o',lib,lib+'.c',f'-Wl,-soname,{lib}',f'-Wl,--version-script,{lib}.map'])
for v in ['libcudart.so.13','libcublas.so.13','libcublasLt.so.13']: emit(v,sorted(set(by[v])),v)
emit('libcurand.so.10',sorted(set(by.get('libcurand.so.10',[])))+['curandCreateGenerator'],'libcurand.so.10')
emit('libcuda.so.1',sorted(set(by.get('libcuda.so.1',[])))+['cuInit'],'libcuda.so.1')
emit('libcudnn.so.9',cudnn,'libcudnn.so.9')
if not os.path.exists('libcudnn.so'): os.symlink('libcudnn.so.9','libcudnn.so')
