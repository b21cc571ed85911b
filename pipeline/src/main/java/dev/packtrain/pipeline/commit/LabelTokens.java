package dev.packtrain.pipeline.commit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.report.UnigramLoss;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * How often each token takes a loss in a version of a data set: {@code label_tokens.json}. The entropy of two parts does
 * not follow from theirs, so whoever appends needs the counts themselves.
 */
final class LabelTokens {
    static final String FILE_NAME = "label_tokens.json";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final long[] countByToken;

    /** At index t how often token t takes a loss. */
    LabelTokens(long[] countByToken) {
        this.countByToken = countByToken;
    }

    /** Those of both. */
    LabelTokens plus(LabelTokens other) {
        long[] sum = Arrays.copyOf(countByToken, Math.max(countByToken.length, other.countByToken.length));
        for (int token = 0; token < other.countByToken.length; token++) {
            sum[token] += other.countByToken[token];
        }
        return new LabelTokens(sum);
    }

    /** See {@link UnigramLoss}. */
    double unigramLoss() {
        return UnigramLoss.of(countByToken);
    }

    /** An object from token ids, rising, to counts above 0. */
    String toJson() {
        Map<Integer, Long> counts = new TreeMap<>();
        for (int token = 0; token < countByToken.length; token++) {
            if (countByToken[token] > 0) {
                counts.put(token, countByToken[token]);
            }
        }
        try {
            return JSON.writeValueAsString(counts) + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("numbers always have JSON", impossible);
        }
    }

    /**
     * From {@link #toJson}.
     *
     * @param where the file, for the message
     * @throws BadInputException if the text is something else
     */
    static LabelTokens fromJson(String json, String where) {
        try {
            TreeMap<Integer, Long> counts = JSON.readValue(json, new TypeReference<TreeMap<Integer, Long>>() {});
            long[] countByToken = new long[counts.isEmpty() ? 0 : counts.lastKey() + 1];
            counts.forEach((token, count) -> countByToken[token] = count);
            return new LabelTokens(countByToken);
        } catch (JsonProcessingException | RuntimeException damaged) {
            throw new BadInputException(
                    "%s does not hold counts of tokens (%s); restore it, or prepare the data again"
                            .formatted(
                                    where,
                                    damaged.getMessage().lines().findFirst().orElse("")),
                    damaged);
        }
    }
}
