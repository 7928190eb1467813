"""What a demonstration needs beside the product: something to watch, and somebody to set the pace."""
