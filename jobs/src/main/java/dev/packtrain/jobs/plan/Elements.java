package dev.packtrain.jobs.plan;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.peft.Adaptation;
import dev.packtrain.training.peft.LinearShape;
import dev.packtrain.training.peft.RankShape;
import dev.packtrain.training.quantize.QuantizedWeights;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Elements that one rank of a tensor group holds, and those of them that are trained: all, or adapters on a frozen model.
 *
 * @param all with adapters
 * @param trained of them
 * @param block of the block with most
 * @param trainedBlock of the block with most that are trained
 * @param end of the parts before and behind the blocks the larger one
 * @param trainedEnd of them those that are trained
 * @param numBlocks blocks
 * @param packed of a block, what is kept in few bits
 */
record Elements(
        long all,
        long trained,
        long block,
        long trainedBlock,
        long end,
        long trainedEnd,
        int numBlocks,
        Packed packed) {
    /**
     * Weights kept in few bits.
     *
     * @param elements of them
     * @param bytes that they take
     */
    record Packed(long elements, long bytes) {
        /** Of the linears of one block. */
        private static Packed of(Workload work, RankShape rank) {
            if (work.quantization().isEmpty()) {
                return new Packed(0, 0);
            }
            QuantizationOptions options = work.quantization().get();
            List<LinearShape> linears = rank.linears(0).toList();
            return new Packed(
                    linears.stream()
                            .mapToLong(linear -> linear.numIn() * linear.numOut())
                            .sum(),
                    linears.stream()
                            .mapToLong(linear -> QuantizedWeights.bytes(options, linear.numOut(), linear.numIn()))
                            .sum());
        }
    }

    /** Bytes of all weights, where those that are not packed take so many each. */
    long weightBytes(int elementBytes) {
        return (all - numBlocks * packed.elements()) * elementBytes + numBlocks * packed.bytes();
    }

    /** Bytes of the weights of the largest block. */
    long blockBytes(int elementBytes) {
        return (block - packed.elements()) * elementBytes + packed.bytes();
    }

    /**
     * Counts.
     *
     * @param tensor {@code tensor_parallel_degree}, one that fits the model
     */
    static Elements of(Workload work, int tensor) {
        ParameterCount model = ParameterCount.of(work.model(), tensor);
        long total = model.total();
        if (work.adaptation().isEmpty()) {
            return new Elements(
                    total,
                    total,
                    model.block(),
                    model.block(),
                    model.largerEnd(),
                    model.largerEnd(),
                    model.numBlocks(),
                    new Packed(0, 0));
        }
        Adaptation adaptation = work.adaptation().get();
        RankShape rank = new RankShape(work.model(), tensor);
        long[] trained = IntStream.rangeClosed(0, model.numBlocks())
                .mapToLong(part -> adaptation.numTrainedElements(rank, part).orElseThrow(() -> unplanned(adaptation)))
                .toArray();
        long adapters = LongStream.of(trained).sum();
        long most = LongStream.of(trained).skip(1).max().orElse(0);
        return new Elements(
                total + adapters,
                adapters,
                model.block() + most,
                most,
                Math.max(model.embedding() + trained[0], model.norm() + model.head()),
                trained[0],
                model.numBlocks(),
                Packed.of(work, rank));
    }

    private static BadInputException unplanned(Adaptation adaptation) {
        return new BadInputException(
                "%s is true, and plan cannot count what it trains; leave it out to plan the training of all parameters"
                        .formatted(adaptation.method()));
    }

    /** Of adapters those in blocks, which every token meets; the others work once a pass. */
    long trainedInBlocks() {
        return trained - trainedEnd;
    }

    /** Names of all linears of a model. */
    static List<String> modules(DecoderConfig model) {
        RankShape whole = new RankShape(model, 1);
        return IntStream.range(0, model.numHiddenLayers())
                .boxed()
                .flatMap(whole::linears)
                .map(LinearShape::module)
                .toList();
    }
}
