package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackingMethod;

/**
 * What all packs of a data set have in common besides the kind of their examples, so that new ones can be appended. It
 * is known before a row is read.
 *
 * @param tokenizerSha256 of {@code tokenizer.json}
 * @param eosTokenId end of sequence
 * @param maxLength slots of a pack
 * @param packingMethod how examples are put into packs
 */
public record DataSetShape(String tokenizerSha256, int eosTokenId, int maxLength, PackingMethod packingMethod) {
    static DataSetShape of(Manifest manifest) {
        return new DataSetShape(
                manifest.tokenizer().sha256(),
                manifest.tokenizer().eosTokenId(),
                manifest.maxLength(),
                manifest.packingMethod());
    }
}
