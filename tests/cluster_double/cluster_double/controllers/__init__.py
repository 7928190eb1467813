"""What makes objects come true: the controllers, the scheduler and the kubelet."""
