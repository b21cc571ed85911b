package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNameTest {
    private static final List<String> KEYS = List.of("learning_rate", "max_length", "max_steps", "seed");

    @Test
    void aMistypedNameMeansTheOneThatIsAThirdOfItAway() {
        assertThat(NearestName.meant("learning-rat", KEYS)).contains("learning_rate");
        assertThat(NearestName.meant("Max_Step", KEYS)).contains("max_steps");
        assertThat(NearestName.meant("see", KEYS)).contains("seed");
        assertThat(NearestName.meant("color", KEYS)).isEmpty();
        assertThat(NearestName.meant("seed", List.of())).isEmpty();
    }

    @Test
    void amongFieldsTheNearestCountsHoweverFar() {
        assertThat(NearestName.among("tgt", List.of("n", "target", "y"))).contains("n");
        assertThat(NearestName.among("tgt", List.of("source", "target"))).contains("target");
        assertThat(NearestName.among("tgt", List.of())).isEmpty();
    }

    @Test
    void namesOfAnyLengthAndNumberAreCompared() {
        String endless = "x".repeat(10_000_000);
        assertThat(NearestName.among("src", Collections.nCopies(100_000, endless)))
                .contains(endless);
    }
}
