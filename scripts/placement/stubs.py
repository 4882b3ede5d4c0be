"""Builds stub CUDA libraries (cudart, cublas, cublasLt, curand, cuda, cudnn) for one CUDA provider.

usage: stubs.py PROVIDER_CUDA_SO   (libraries are written to the current folder)

Memory is host memory; every copy, kernel launch and GEMM is logged as a line to the file named by
STUBLOG; nothing is computed. Needs gcc, nm and strings.

STUBFAIL has calls fail as they do where something is wrong with a machine: `cudaGetDeviceCount=100`, `cudaMalloc=2@5` from
the fifth call on; several with commas between them. After `cudaStreamSynchronize=719@5!` every call of that library fails so, as
after a fault in a computation.
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
'cudaGetErrorString':'const char*cudaGetErrorString(int e){return T(cuda,e);}','cudaGetErrorName':'const char*cudaGetErrorName(int e){return "cudaError";}',
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
'cublasGetStatusName':'const char*cublasGetStatusName(int e){return T(cublas,e);}','cublasGetStatusString':'const char*cublasGetStatusString(int e){return T(cublas,e);}',
'cublasCreate_v2':'int cublasCreate_v2(void**p){char w[64];const char*v=getenv("NVIDIA_TF32_OVERRIDE");sprintf(w,"cublas_tf32_%.8s",v?v:"unset");L(w,0);*p=calloc(1,4096);return 0;}',
'cublasGetMathMode':'int cublasGetMathMode(void*h,int*m){*m=0;return 0;}',
'cudnnBackendCreateDescriptor':'int cudnnBackendCreateDescriptor(int t,void**p){*p=calloc(1,4096);return 0;}',
'cudnnBackendGetAttribute':'int cudnnBackendGetAttribute(void*d,int n,int t,long long r,long long*c,void*a){if(c)*c=(t==15||t==3)?1:0;if(a&&r>0&&t==3)*(long long*)a=0;return 0;}',
'cudnnBackendExecute':'int cudnnBackendExecute(){L("conv",0);return 0;}',
'cudnnGetVersion':'size_t cudnnGetVersion(void){return 91700;}','cudnnGetErrorString':'const char*cudnnGetErrorString(int e){return T(cudnn,e);}','cudnnGetLastErrorString':'void cudnnGetLastErrorString(char*b,size_t n){if(n)b[0]=0;}',
'cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags':'int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int*n){*n=2;return 0;}',
'cudaFuncGetAttributes':'int cudaFuncGetAttributes(char*a,const void*f){memset(a,0,80);return 0;}',
'cublasSgemm_v2':'int cublasSgemm_v2(){L("gemm",0);return 0;}','cublasGemmEx':'int cublasGemmEx(){L("gemm",0);return 0;}','cublasLtMatmul':'int cublasLtMatmul(){L("gemm",0);return 0;}',
}
import os
# What the real libraries say of their codes.
said={
'cuda':{0:'no error',1:'invalid argument',2:'out of memory',3:'initialization error',34:'CUDA driver is a stub library',
35:'CUDA driver version is insufficient for CUDA runtime version',46:'CUDA-capable device(s) is/are busy or unavailable',
100:'no CUDA-capable device is detected',101:'invalid device ordinal',209:'no kernel image is available for execution on the device',
214:'uncorrectable ECC error encountered',222:'the provided PTX was compiled with an unsupported toolchain.',304:'OS call failed or operation not supported on this OS',
700:'an illegal memory access was encountered',702:'the launch timed out and was terminated',719:'unspecified launch failure',
800:'operation not permitted',802:'system not yet initialized',803:'system has unsupported display driver / cuda driver combination',
804:'forward compatibility was attempted on non supported HW',805:'MPS client failed to connect to the MPS control daemon or the MPS server',999:'unknown error'},
'cublas':{1:'CUBLAS_STATUS_NOT_INITIALIZED',3:'CUBLAS_STATUS_ALLOC_FAILED',7:'CUBLAS_STATUS_INVALID_VALUE',8:'CUBLAS_STATUS_ARCH_MISMATCH',13:'CUBLAS_STATUS_EXECUTION_FAILED',14:'CUBLAS_STATUS_INTERNAL_ERROR',15:'CUBLAS_STATUS_NOT_SUPPORTED'},
'cudnn':{1001:'CUDNN_STATUS_NOT_INITIALIZED',1002:'CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH',1003:'CUDNN_STATUS_SERIALIZATION_VERSION_MISMATCH',2000:'CUDNN_STATUS_BAD_PARAM',3000:'CUDNN_STATUS_NOT_SUPPORTED',3007:'CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH',4000:'CUDNN_STATUS_INTERNAL_ERROR',4002:'CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED',4003:'CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED',5000:'CUDNN_STATUS_EXECUTION_FAILED',5003:'CUDNN_STATUS_EXECUTION_FAILED_CUDART'},
}
texts=''.join('static struct{int c;const char*t;}%s[]={%s{-1,"unrecognized error code"}};\n'%(k,''.join('{%d,"%s"},'%i for i in v.items())) for k,v in said.items())
hdr='''#include <string.h>
#include <stdlib.h>
#include <stdio.h>
static FILE*lf(){static FILE*f;if(!f){const char*p=getenv("STUBLOG");f=p?fopen(p,"a"):fopen("/dev/null","a");setvbuf(f,0,_IOLBF,0);}return f;}
#define T(table,e) ({int i=0;while(table[i].c!=-1&&table[i].c!=(e))i++;table[i].t;})
/* The code that this call is to fail with, the name and its number given; 0 for none. */
static int lasting;
static int F(const char*name,int nth){const char*p=getenv("STUBFAIL");size_t n=strlen(name);if(lasting)return lasting;
for(;p&&*p;p=strchr(p,',')?strchr(p,',')+1:0)if(!strncmp(p,name,n)&&p[n]=='='){char*e;int code=strtol(p+n+1,&e,10);int from=*e=='@'?strtol(e+1,&e,10):0;
if(nth<from)return 0;if(*e=='!')lasting=code;return code;}
return 0;}
#define FAIL(name) {static int nth;int code=F(name,++nth);if(code)return code;}
static void L(const char*w,size_t n){fprintf(lf(),"%s %zu\\n",w,n);}
static void LK(int k,size_t n){fprintf(lf(),"memcpy_%s %zu\\n",k==1?"H2D":k==2?"D2H":k==3?"D2D":k==4?"DEFAULT":"H2H",n);}
'''
def failing(name,source): return source.replace('{','{FAIL("%s")'%name,1) if source.startswith('int ') else source
def emit(lib,names,ver):
    body=hdr+texts
    for n in names:
        if n in special: body+=failing(n,special[n])+'\n'
        elif re.search(r'(Create|CreateWithFlags|_v2)$',n) and 'Create' in n or n.startswith('cudnnCreate') : body+=failing(n,f'int {n}(void**p){{*p=calloc(1,4096);return 0;}}')+'\n'
        elif n in('cublasLtCreate','cudaStreamCreate','cudaMemPoolCreate'): body+=failing(n,f'int {n}(void**p){{*p=calloc(1,4096);return 0;}}')+'\n'
        elif n.startswith('__cuda'): body+=f'void* {n}(){{return 0;}}\n'
        else: body+=failing(n,f'int {n}(){{return 0;}}')+'\n'
    open(lib+'.c','w').write(body)
    open(lib+'.map','w').write('%s { global: *; };\n'%ver)
    subprocess.check_call(['gcc','-w','-shared','-fPIC','-O1','-o',lib,lib+'.c',f'-Wl,-soname,{lib}',f'-Wl,--version-script,{lib}.map'])
for v in ['libcudart.so.13','libcublas.so.13','libcublasLt.so.13']: emit(v,sorted(set(by[v])),v)
emit('libcurand.so.10',sorted(set(by.get('libcurand.so.10',[])))+['curandCreateGenerator'],'libcurand.so.10')
emit('libcuda.so.1',sorted(set(by.get('libcuda.so.1',[])))+['cuInit'],'libcuda.so.1')
emit('libcudnn.so.9',cudnn,'libcudnn.so.9')
if not os.path.exists('libcudnn.so'): os.symlink('libcudnn.so.9','libcudnn.so')
