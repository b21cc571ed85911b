package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.model.InputSite;
import dev.packtrain.training.model.TensorSplit;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/**
 * What the virtual tokens of prompt tuning begin as (Lester et al. 2021, arXiv 2104.08691, section 3.1), with PEFT's names.
 *
 * @param kind which way
 * @param text with {@link Kind#TEXT}, whose tokens they begin as, from the first again where they are too few
 * @param tokenIds of the text; empty where nobody has tokenised it, as for a plan or an adapter that is there
 */
record PromptStart(Kind kind, Optional<String> text, List<Integer> tokenIds) {
    /** A way to begin. */
    enum Kind {
        /** As rows of the embedding, drawn evenly. */
        SAMPLE_VOCAB,
        /** As N(0, 1). */
        RANDOM,
        /** As the embedded tokens of a text. */
        TEXT
    }

    /**
     * As {@code [N, E]}.
     *
     * @param split of N × E, whole
     * @return fp32, in host memory, owned by the current scope
     */
    Tensor values(InputSite site, AdapterTensors tensors, TensorSplit split) {
        if (kind == Kind.RANDOM) {
            return Initial.normal(tensors.seed(), PromptEncoder.EMBEDDINGS, split);
        }
        long numTokens = split.wholeShape()[0];
        return tensors.baseRows(
                site.embedding().weight().name(),
                numRows -> kind == Kind.TEXT ? ofText(numTokens, numRows) : drawn(numTokens, numRows, tensors.seed()));
    }

    private static LongStream drawn(long numTokens, long numRows, long seed) {
        long key = ReproducibleBits.key(seed, PromptEncoder.EMBEDDINGS);
        return LongStream.range(0, numTokens)
                .map(token -> Long.remainderUnsigned(ReproducibleBits.key(key, token), numRows));
    }

    private LongStream ofText(long numTokens, long numRows) {
        if (tokenIds.isEmpty()) {
            throw new BadInputException(
                    "prompt_tuning_init_text '%s' has no tokens; wanted a text that the base's tokenizer makes at least one of."
                            .formatted(text.orElse("")));
        }
        for (int id : tokenIds) {
            if (id < 0 || id >= numRows) {
                throw new BadInputException(
                        "prompt_tuning_init_text has token %d, but the base's embedding has %d rows; use the tokenizer that the base was made for."
                                .formatted(id, numRows));
            }
        }
        return LongStream.range(0, numTokens).map(token -> tokenIds.get(Math.toIntExact(token % tokenIds.size())));
    }
}
