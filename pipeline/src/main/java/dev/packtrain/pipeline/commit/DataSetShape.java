package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.ExampleKind;
import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackingMethod;

/**
 * What all rows of a data set have in common, so that new ones can be appended.
 *
 * @param tokenizerSha256 of {@code tokenizer.json}
 * @param eosTokenId end of sequence
 * @param maxLength slots of a pack
 * @param packingMethod how examples are put into packs
 * @param exampleKind what the documents are
 */
public record DataSetShape(
        String tokenizerSha256, int eosTokenId, int maxLength, PackingMethod packingMethod, ExampleKind exampleKind) {
    static DataSetShape of(Manifest manifest) {
        return new DataSetShape(
                manifest.tokenizer().sha256(),
                manifest.tokenizer().eosTokenId(),
                manifest.maxLength(),
                manifest.packingMethod(),
                manifest.exampleKind());
    }
}
