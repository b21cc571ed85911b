package dev.packtrain.pipeline.clean;

import java.io.Serializable;
import java.util.Optional;

/** Which rows a mix of data sets uses at all; the others go before any other stage looks at them. */
@FunctionalInterface
public interface RowSample extends Serializable {
    /** Every row. */
    RowSample ALL = row -> Optional.empty();

    /** Why a row is not used, if it is not: a pure function of its number. */
    Optional<Removal> check(long row);
}
