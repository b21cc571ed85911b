package dev.packtrain.pipeline.sample;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Puts rows together: picks a garment and some of its features, and says something about each. */
final class Copywriter {
    private static final int MIN_FEATURES = 3;
    private static final int MAX_FEATURES = 7;

    private final Language language;

    Copywriter(Language language) {
        this.language = language;
    }

    SampleRow write(Random random) {
        Language.Garment garment = pick(language.garments(), random);
        String name = pick(garment.names(), random);
        List<Language.Feature> features = features(garment, random);
        StringBuilder src = new StringBuilder(language.typeName() + "#" + garment.type());
        List<String> sentences = new ArrayList<>();
        sentences.add(pick(language.openings(), random));
        for (Language.Feature feature : features) {
            String value = pick(feature.values(), random);
            src.append('*').append(feature.name()).append('#').append(value);
            sentences.add(pick(feature.sentences(), random).replace("{value}", value));
        }
        sentences.add(pick(language.closings(), random));
        String tgt = String.join(language.separator(), sentences).replace("{garment}", name);
        return new SampleRow(src.toString(), tgt);
    }

    /** Some features in the order in which the garment lists them, so that the source reads like a data sheet. */
    private static List<Language.Feature> features(Language.Garment garment, Random random) {
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < garment.features().size(); i++) {
            indices.add(i);
        }
        Collections.shuffle(indices, random);
        int wanted = MIN_FEATURES + random.nextInt(MAX_FEATURES - MIN_FEATURES + 1);
        return indices.stream()
                .limit(wanted)
                .sorted()
                .map(garment.features()::get)
                .toList();
    }

    private static <T> T pick(List<T> choices, Random random) {
        return choices.get(random.nextInt(choices.size()));
    }
}
