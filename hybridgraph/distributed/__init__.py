"""One run trained by several processes, on one machine or many: who they are, what each does, how they agree.

`place` says which of them this process is, `starting` starts them with torchrun and watches, `world` lets them
agree, `share` gives each its pictures of every batch, `norms` and `strategy` make their gradients those of the whole
batch, `sharding` brings pieces of tensors together. `place` and `starting` need no torch.
"""
