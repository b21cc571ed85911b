package dev.packtrain.training.shard;

import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A part of a model, as its guard is told of it.
 *
 * @param trained what is trained of it, if anything is
 * @param frozen its frozen tensors, where ZeRO spreads them, those of one dtype together
 * @param frozenParameters its frozen tensors
 */
record ModelPart(Optional<TrainedTensors> trained, List<SpreadTensors> frozen, List<Parameter> frozenParameters)
        implements AutoCloseable {
    /** Of trained and of spread frozen tensors. */
    List<PartWeights> weights() {
        return Stream.concat(
                        trained.map(TrainedTensors::weights).stream(),
                        frozen.stream().map(SpreadTensors::weights))
                .toList();
    }

    /** All. */
    Stream<Parameter> parameters() {
        return Stream.concat(
                trained.stream()
                        .flatMap(tensors -> tensors.layout().slices().stream())
                        .map(FlatLayout.Slice::parameter),
                frozenParameters.stream());
    }

    /** Memory of weights that are always there. */
    long weightBytes() {
        long whole = !frozen.isEmpty()
                ? 0
                : frozenParameters.stream()
                        .mapToLong(parameter -> parameter.tensor().nbytes())
                        .sum();
        return whole + weights().stream().mapToLong(PartWeights::nbytes).sum();
    }

    @Override
    public void close() {
        trained.ifPresent(TrainedTensors::close);
        frozen.forEach(tensors -> tensors.weights().close());
    }
}
