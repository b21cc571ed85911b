package dev.packtrain.packing.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.Packers;
import dev.packtrain.packing.PackingBounds;
import dev.packtrain.packing.PackingMethod;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PackingSimulationTest {
    private static final int GROUP_SIZE = 16_384;

    @Test
    void theLengthsOfAdvertiseGenAreThoseOfTheRealRows() {
        int[] lengths = LengthSet.ADVERTISE_GEN.lengths(1_024);
        assertThat(lengths).hasSize(100_580).isEqualTo(LengthSet.ADVERTISE_GEN.lengths(1_024));
        assertThat(Arrays.stream(lengths).sum()).isEqualTo(8_273_504);
        assertThat(Arrays.stream(lengths).min()).hasValue(39);
        assertThat(Arrays.stream(lengths).max()).hasValue(174);
    }

    /** One pack above the fewest possible is 0.003 points at 256 and 0.025 at 2048. */
    @ParameterizedTest
    @ValueSource(ints = {256, 512, 1024, 2048})
    void patternsLeaveNextToNoPaddingOnAdvertiseGen(int maxLength) {
        assertThat(run(LengthSet.ADVERTISE_GEN, PackingMethod.PATTERN, maxLength)
                        .paddingRatio(maxLength))
                .isBetween(0.0, 0.0002);
    }

    /** L2 is at most the rounded-up bound of the linear relaxation, so this also holds against that one. */
    @ParameterizedTest
    @CsvSource({"CHAT,256", "CHAT,1024", "CHAT,4096", "LONG_DOCUMENTS,256", "LONG_DOCUMENTS,1024", "LONG_DOCUMENTS,4096"
    })
    void patternsAreWithinATenthOfAPointOfTheBoundOnHeavyTails(LengthSet set, int maxLength) {
        PackingSimulation result = run(set, PackingMethod.PATTERN, maxLength);
        long bound = PackingBounds.l2(set.lengths(maxLength), maxLength);
        double best = 1 - result.tokens() / ((double) bound * maxLength);
        assertThat(result.paddingRatio(maxLength)).isBetween(best, best + 0.001);
    }

    @ParameterizedTest
    @EnumSource
    void everyMethodPacksAllTokens(PackingMethod method) {
        PackingSimulation result = run(LengthSet.ADVERTISE_GEN, method, 512);
        assertThat(result.tokens()).isEqualTo(8_273_504);
        assertThat(result.numPacks()).isGreaterThanOrEqualTo(16_160);
        assertThat(result.numCarried() > 0).isEqualTo(method == PackingMethod.PATTERN);
    }

    private static PackingSimulation run(LengthSet set, PackingMethod method, int maxLength) {
        return PackingSimulation.run(Packers.of(method), set.lengths(maxLength), maxLength, GROUP_SIZE);
    }
}
