"""The cloud resources of an environment, as one CloudFormation stack, whose engine keeps all state."""
