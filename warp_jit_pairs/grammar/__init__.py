"""The typed grammar that programs are generated from."""
