package dev.packtrain.pipeline.clean;

import dev.packtrain.pipeline.source.MixedInput;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RowInput;
import dev.packtrain.pipeline.source.SourceMix;
import java.io.Serializable;
import java.util.Optional;

/** Which rows a mix of data sets uses at all; the others go before any other stage looks at them. */
@FunctionalInterface
public interface RowSample extends Serializable {
    /** Every row. */
    RowSample ALL = row -> Optional.empty();

    /** The rows that the weights of a mix let in; of any other input all rows. */
    static RowSample of(RowInput input) {
        if (!(input instanceof MixedInput mixed)) {
            return ALL;
        }
        SourceMix mix = mixed.mix();
        return row -> {
            SourceMix.Item item = mix.item(row);
            return mix.isUsed(item)
                    ? Optional.empty()
                    : Optional.of(new Removal(
                            RejectReason.NOT_SAMPLED,
                            "data set %d has weight %s, which leaves this row out"
                                    .formatted(item.source() + 1, Removal.number(mix.weight(item.source())))));
        };
    }

    /** Why a row is not used, if it is not: a pure function of its number. */
    Optional<Removal> check(long row);
}
