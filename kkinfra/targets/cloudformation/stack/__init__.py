"""The stack as CloudFormation has it: asked, followed, and its answers as typed values."""
