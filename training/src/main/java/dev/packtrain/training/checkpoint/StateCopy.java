package dev.packtrain.training.checkpoint;

import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** The pieces that a rank writes, copied to host memory, so that training can go on while they are written. */
final class StateCopy implements AutoCloseable {
    private final Kept kept = new Kept();
    private final List<StatePiece> pieces = new ArrayList<>();

    private StateCopy() {}

    /** Copies pieces one after the other; takes as much host memory as they do. */
    static StateCopy of(List<StatePiece> live) {
        StateCopy copy = new StateCopy();
        try {
            TensorScope.run(() -> {
                try (NoGradGuard guard = new NoGradGuard()) {
                    live.forEach(copy::add);
                }
            });
            return copy;
        } catch (RuntimeException | Error e) {
            copy.close();
            throw e;
        }
    }

    private void add(StatePiece piece) {
        Tensor values = piece.values();
        Tensor host = kept.keep(values.is_cpu() ? values.clone() : values.cpu());
        pieces.add(new StatePiece(piece.name(), piece.kind(), piece.split(), piece.from(), host, piece.writes()));
    }

    List<StatePiece> pieces() {
        return pieces;
    }

    @Override
    public void close() {
        kept.close();
    }
}
