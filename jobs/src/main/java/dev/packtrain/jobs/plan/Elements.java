package dev.packtrain.jobs.plan;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.peft.Adaptation;
import dev.packtrain.training.peft.LinearShape;
import dev.packtrain.training.quantize.QuantizedWeights;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

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
        private static Packed of(Workload work, int tensor) {
            if (work.quantization().isEmpty()) {
                return new Packed(0, 0);
            }
            QuantizationOptions options = work.quantization().get();
            List<LinearShape> linears = linears(work.model(), tensor, 0).toList();
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
        if (adaptation.targets().entries().isEmpty()) {
            throw unplanned(adaptation); // it works beside the linears, which are what is counted here
        }
        long[] ofBlocks = IntStream.range(0, model.numBlocks())
                .mapToLong(block -> adapters(adaptation, linears(work.model(), tensor, block)))
                .toArray();
        long adapters = LongStream.of(ofBlocks).sum();
        long most = LongStream.of(ofBlocks).max().orElse(0);
        return new Elements(
                total + adapters,
                adapters,
                model.block() + most,
                most,
                model.largerEnd(),
                0,
                model.numBlocks(),
                Packed.of(work, tensor));
    }

    private static long adapters(Adaptation adaptation, Stream<LinearShape> linears) {
        return linears.filter(linear -> adaptation.targets().matches(linear.module()))
                .mapToLong(linear -> adaptation.numTrainedElements(linear).orElseThrow(() -> unplanned(adaptation)))
                .sum();
    }

    private static BadInputException unplanned(Adaptation adaptation) {
        return new BadInputException(
                "%s is true, and plan cannot count what it trains; leave it out to plan the training of all parameters"
                        .formatted(adaptation.method()));
    }

    /** Names of all linears of a model. */
    static List<String> modules(DecoderConfig model) {
        return IntStream.range(0, model.numHiddenLayers())
                .boxed()
                .flatMap(block -> linears(model, 1, block))
                .map(LinearShape::module)
                .toList();
    }

    private static Stream<LinearShape> linears(DecoderConfig model, int tensor, int block) {
        long hidden = model.hiddenSize();
        long queries = (long) model.numAttentionHeads() / tensor * model.headDim();
        long keyValues = (long) ParameterCount.keyValueHeads(model, tensor) * model.headDim();
        long intermediate = model.intermediateSize() / tensor;
        String prefix = "model.layers." + block + ".";
        return Stream.of(
                new LinearShape(prefix + "self_attn.q_proj", hidden, queries),
                new LinearShape(prefix + "self_attn.k_proj", hidden, keyValues),
                new LinearShape(prefix + "self_attn.v_proj", hidden, keyValues),
                new LinearShape(prefix + "self_attn.o_proj", queries, hidden),
                new LinearShape(prefix + "mlp.gate_proj", hidden, intermediate),
                new LinearShape(prefix + "mlp.up_proj", hidden, intermediate),
                new LinearShape(prefix + "mlp.down_proj", intermediate, hidden));
    }
}
