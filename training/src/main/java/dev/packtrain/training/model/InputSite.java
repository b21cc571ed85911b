package dev.packtrain.training.model;

/**
 * What stands around the place where tokens enter a decoder.
 *
 * @param config of the decoder
 * @param embedding this rank's part of it
 * @param keys weight of the first block's projection to keys, {@code [G · D, E]}, or this rank's part of it: the key/value
 *     heads that this rank has
 * @param norm a norm of the residual stream: parameters that see the stream are shared over ranks as it is
 */
public record InputSite(DecoderConfig config, Embedding embedding, Parameter keys, Parameter norm) {}
