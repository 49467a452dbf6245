"""The local AWS: MiniStack at one pinned version, the patches it needs, and a deployer of synthesised stacks."""
