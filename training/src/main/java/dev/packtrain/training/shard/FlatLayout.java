package dev.packtrain.training.shard;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.optim.UpdateRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Where tensors lie in one flat buffer, and who owns which of its elements: first those that weight decay applies to, then
 * the others, groups of one learning rate together, each in the model's order, then zeros up to a multiple of {@value #ALIGNMENT} elements a rank.
 *
 * <p>The buffer is cut into buckets of constant size, which are what is sent and updated at a time. Every rank of the shard
 * axis owns an equal share of every bucket; its <em>partition</em> is its shares side by side. So what is sent is always
 * one contiguous run, and no message and no temporary grows with the model.
 */
final class FlatLayout {
    /** Elements: a share begins on a cache line, and at a vector's boundary, in every dtype of 2 bytes or more. */
    static final int ALIGNMENT = 32;

    private static final Set<ScalarType> DTYPES = Set.of(ScalarType.Float, ScalarType.BFloat16, ScalarType.Byte);

    private final List<Slice> slices;
    private final List<Bucket> buckets;
    private final long numElements;
    private final List<UpdateRange> groups;
    private final int numShards;

    /** Where a parameter lies: {@code [offset, offset + numElements)}. */
    record Slice(Parameter parameter, long[] shape, long offset, long numElements) {
        /** Its part of a flat buffer, in its own shape; owned by the current scope. */
        Tensor of(Tensor flat) {
            return flat.narrow(0, offset, numElements).view(shape);
        }
    }

    /**
     * A run of the buffer.
     *
     * @param index 0-based
     * @param from first element
     * @param length elements, of which each of {@code numShards} ranks owns as many
     */
    record Bucket(int index, long from, long length, int numShards) {
        /** Elements that each rank owns. */
        long share() {
            return length / numShards;
        }

        /** The first element of the buffer that a rank owns. */
        long fromOf(int shard) {
            return from + shard * share();
        }

        /** Elements of a partition before this bucket's share. */
        long inPartition() {
            return from / numShards;
        }

        /** All of it. */
        Tensor of(Tensor flat) {
            return flat.narrow(0, from, length);
        }
    }

    /**
     * What a rank owns of a parameter within a bucket.
     *
     * @param from elements of the parameter before it
     * @param at elements of the share before it
     * @param length elements
     */
    record Run(Slice slice, long from, long at, long length) {}

    /**
     * A layout.
     *
     * @param parameters of one dtype (fp32 or bf16; frozen ones may be bytes)
     * @param numShards ranks of the shard axis
     * @param bucketElements elements of a bucket at most, unless the alignment asks for more
     */
    FlatLayout(List<Parameter> parameters, int numShards, long bucketElements) {
        this.numShards = numShards;
        List<List<Parameter>> alike = alike(parameters);
        List<Slice> placed = new ArrayList<>();
        long offset = 0;
        List<UpdateRange> ranges = new ArrayList<>();
        for (List<Parameter> group : alike) {
            long begin = offset;
            for (Parameter parameter : group) {
                long length = parameter.tensor().numel();
                placed.add(new Slice(parameter, parameter.tensor().shape(), offset, length));
                offset += length;
            }
            Parameter any = group.get(0);
            ranges.add(new UpdateRange(begin, offset, any.decays(), any.learningRateScale()));
        }
        groups = List.copyOf(ranges);
        slices = List.copyOf(placed);
        numElements = offset;
        buckets = buckets(offset, bucketElements);
    }

    private static List<List<Parameter>> alike(List<Parameter> parameters) {
        record Treatment(boolean decays, double learningRateScale) {}
        Map<Treatment, List<Parameter>> groups = new LinkedHashMap<>();
        for (boolean decays : new boolean[] {true, false}) {
            parameters.stream().filter(p -> p.decays() == decays).forEach(p -> groups.computeIfAbsent(
                            new Treatment(decays, p.learningRateScale()), key -> new ArrayList<>())
                    .add(p));
        }
        return List.copyOf(groups.values());
    }

    private List<Bucket> buckets(long elements, long bucketElements) {
        long unit = (long) ALIGNMENT * numShards;
        long padded = (elements + unit - 1) / unit * unit;
        long step = Math.max(unit, bucketElements / unit * unit);
        List<Bucket> cut = new ArrayList<>();
        for (long from = 0; from < padded; from += step) {
            cut.add(new Bucket(cut.size(), from, Math.min(step, padded - from), numShards));
        }
        return List.copyOf(cut);
    }

    /** Where each parameter lies, in flat order. */
    List<Slice> slices() {
        return slices;
    }

    /** In order; they cover the buffer. */
    List<Bucket> buckets() {
        return buckets;
    }

    /** Elements of parameters. */
    long numElements() {
        return numElements;
    }

    /** Elements of the buffer, padding included. */
    long paddedElements() {
        if (buckets.isEmpty()) {
            return 0;
        }
        Bucket last = buckets.get(buckets.size() - 1);
        return last.from() + last.length();
    }

    /** Elements of each rank's partition. */
    long partitionElements() {
        return paddedElements() / numShards;
    }

    /** How a rank's share of a bucket is updated, by elements of the share; nothing is done to the padding. */
    List<UpdateRange> updates(Bucket bucket, int shard) {
        long begin = bucket.fromOf(shard);
        List<UpdateRange> updates = new ArrayList<>();
        for (UpdateRange group : groups) {
            long from = Math.max(0, group.from() - begin);
            long to = Math.min(bucket.share(), group.to() - begin);
            if (from < to) {
                updates.add(new UpdateRange(from, to, group.decays(), group.learningRateScale()));
            }
        }
        return updates;
    }

    /** What a rank's share of a bucket is made of, without the padding. */
    List<Run> runs(Bucket bucket, int shard) {
        long begin = bucket.fromOf(shard);
        long end = begin + bucket.share();
        List<Run> runs = new ArrayList<>();
        for (Slice slice : slices) {
            long from = Math.max(begin, slice.offset());
            long to = Math.min(end, slice.offset() + slice.numElements());
            if (from < to) {
                runs.add(new Run(slice, from - slice.offset(), from - begin, to - from));
            }
        }
        return runs;
    }

    /** Makes the parameters' {@code .grad}, of which there is none yet, views of a flat buffer. */
    void bindGradients(Tensor flat) {
        TensorScope.run(() -> {
            for (Slice slice : slices) {
                Tensor leaf = slice.parameter().tensor();
                if (leaf.grad().defined()) {
                    throw new IllegalStateException(
                            slice.parameter().name() + " was given a gradient outside of its part's backward pass");
                }
                leaf.mutable_grad().put(slice.of(flat));
            }
        });
    }

    /** Takes the parameters' {@code .grad} away. */
    void unbindGradients() {
        TensorScope.run(() -> slices.forEach(
                slice -> slice.parameter().tensor().mutable_grad().put(new Tensor())));
    }

    /** The dtype of all parameters; fp32 if there are none. */
    ScalarType dtype() {
        ScalarType dtype = slices.isEmpty() ? ScalarType.Float : typeOf(slices.get(0));
        for (Slice slice : slices) {
            if (typeOf(slice) != dtype || !DTYPES.contains(dtype)) {
                throw new IllegalArgumentException("%s is %s beside %s; wanted all Float, all BFloat16 or all Byte"
                        .formatted(slice.parameter().name(), typeOf(slice), dtype));
            }
        }
        return dtype;
    }

    private static ScalarType typeOf(Slice slice) {
        return slice.parameter().tensor().scalar_type().intern();
    }
}
