package dev.packtrain.pipeline.format;

import dev.packtrain.pipeline.source.RejectedRowException;
import java.io.IOException;

/** Whether a message is learnt, which rows say as {@code weight} (OpenAI) or as {@code loss}; without either it is. */
final class LossFlag {
    static final String LOSS = "loss";
    static final String WEIGHT = "weight";

    private Boolean flag;

    /** Reads the field, which is one of the two. */
    void read(FieldReader field) throws IOException, RejectedRowException {
        if (field.isNull()) {
            return;
        }
        boolean read = field.flag();
        if (flag != null && flag != read) {
            throw field.wrongType("what the other of \"loss\" and \"weight\" says", "its opposite");
        }
        flag = read;
    }

    boolean learnt() {
        return flag == null || flag;
    }
}
