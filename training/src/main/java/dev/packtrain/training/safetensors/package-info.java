/**
 * The safetensors format: an 8-byte little-endian header length, a JSON header, then the tensors' bytes without holes.
 *
 * <p>What enters: a file or a stream of named tensors. What leaves: tensors in host memory, or a file. Files are not
 * trusted: everything in a header is checked before a byte of data is read.
 */
package dev.packtrain.training.safetensors;
