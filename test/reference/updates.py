"""Writes updates.json: what PyTorch makes of two linear layers in six steps, in float64, with what is around an
optimizer: clipping, parameter groups, a schedule over them, averages of weights.

    python3 test/reference/updates.py

Credit `local` has a loss for each layer, on an input whose gradient is stopped; `global` has the loss at the top.
Needs PyTorch 2.1 or later.
"""

import json
import pathlib

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

STEPS = 6


def network():
    generator = torch.Generator().manual_seed(3)
    layers = torch.nn.ModuleDict({"one": torch.nn.Linear(4, 3), "two": torch.nn.Linear(3, 2)}).double()
    for parameter in layers.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator, dtype=torch.float64).mul(100).round() / 100
    return layers


def loss(out):
    return (out - 1).pow(2).mul(3).mean()


def losses(net, x, credit):
    one = torch.relu(net["one"](x))
    if credit == "global":
        return loss(torch.relu(net["two"](one)))
    return loss(one) + loss(torch.relu(net["two"](one.detach())))


def clip(net, credit, how):
    if "value" in how:
        torch.nn.utils.clip_grad_value_(net.parameters(), how["value"])
    else:
        for part in [net] if credit == "global" else net.values():
            torch.nn.utils.clip_grad_norm_(part.parameters(), how["norm"])


def run(x, make, credit="local", how=None, average=None, schedule=None):
    net = network()
    start = {name: value.tolist() for name, value in net.state_dict().items()}
    optimizer = make(net)
    scheduler = schedule and torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
    averaged = average and average["make"](net)
    for step in range(STEPS):
        optimizer.zero_grad()
        losses(net, x, credit).backward()
        if how:
            clip(net, credit, how)
        optimizer.step()
        if scheduler:
            scheduler.step()
        if averaged and step >= average["first"]:
            averaged.update_parameters(net)
    values = {name: value.flatten().tolist() for name, value in net.state_dict().items()}
    if averaged:
        kept = averaged.module.state_dict().items()
        values |= {f"{name}.average": value.flatten().tolist() for name, value in kept}
    return {"start": start, "values": values}


def sgd(net, **options):
    return torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, **options)


def groups(net):
    one, two = net["one"], net["two"]
    return torch.optim.AdamW(
        [
            {"params": [one.weight], "lr": 0.02, "weight_decay": 0.3},
            {"params": [one.bias], "lr": 0.02, "weight_decay": 0},
            {"params": [two.weight], "lr": 0.05},
            {"params": [two.bias], "lr": 0.2, "weight_decay": 0.5},
        ],
        weight_decay=0.1,
    )


CASES = {
    "clipped to a norm, local": (sgd, "local", {"norm": 0.5}),
    "clipped to a norm, global": (sgd, "global", {"norm": 0.5}),
    "not long enough to be clipped": (sgd, "global", {"norm": 1000.0}),
    "clipped to a value": (sgd, "local", {"value": 0.05}),
    "groups": (groups, "local"),
    "groups under a schedule": (groups, "local", None, None, lambda step: 0.5 ** (step // 2)),
    "ema": (
        sgd,
        "local",
        None,
        {"make": lambda net: AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.8)), "first": 0},
    ),
    "swa": (sgd, "local", None, {"make": AveragedModel, "first": 3}),
}


def main():
    generator = torch.Generator().manual_seed(4)
    x = torch.randn([5, 4], generator=generator, dtype=torch.float64).mul(100).round() / 100
    cases = [f'"{name}": {json.dumps(run(x, *case))}' for name, case in CASES.items()]
    body = ",\n".join([f'"rows": {json.dumps(x.flatten().tolist())}', '"cases": {\n' + ",\n".join(cases) + "\n}"])
    pathlib.Path(__file__).with_name("updates.json").write_text("{\n" + body + "\n}\n")


if __name__ == "__main__":
    main()
