package dev.packtrain.pipeline.sample;

import java.util.List;

/**
 * The words and sentences of one language.
 *
 * @param typeName what the attribute of the garment's kind is called
 * @param garments kinds of garments
 * @param openings sentences that begin an advertisement, with {@code {garment}}
 * @param closings sentences that end it, with {@code {garment}}
 * @param separator what stands between two sentences
 */
record Language(
        String typeName, List<Garment> garments, List<String> openings, List<String> closings, String separator) {
    /**
     * A kind of garment.
     *
     * @param type its value in the source
     * @param names what the advertisement calls it
     * @param features what can be said about it
     */
    record Garment(String type, List<String> names, List<Feature> features) {}

    /**
     * An attribute.
     *
     * @param name as in the source
     * @param values what it can be
     * @param sentences what the advertisement says of it, with {@code {value}} and sometimes {@code {garment}}
     */
    record Feature(String name, List<String> values, List<String> sentences) {}
}
