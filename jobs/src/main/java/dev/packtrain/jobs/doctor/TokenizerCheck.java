package dev.packtrain.jobs.doctor;

import dev.packtrain.pipeline.tokenizer.HuggingFaceTokenizer;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Whether the Hugging Face tokenizers library loads and tokenises. */
final class TokenizerCheck implements Check {
    private static final String TOKENIZER =
            """
            {"version": "1.0", "pre_tokenizer": {"type": "Whitespace"},
             "added_tokens": [{"id": 2, "content": "</s>", "special": true, "single_word": false, "lstrip": false,
                               "rstrip": false, "normalized": false}],
             "model": {"type": "WordLevel", "vocab": {"pack": 0, "train": 1, "</s>": 2}, "unk_token": "</s>"}}
            """;
    private static final int[] WANTED = {0, 1};

    @Override
    public String what() {
        return "tokenizer library";
    }

    @Override
    public Finding run() {
        TokenizerFiles files = new TokenizerFiles(
                "the doctor's tokenizer", TOKENIZER.getBytes(StandardCharsets.UTF_8), new byte[0], new byte[0]);
        try (Tokenizer tokenizer = HuggingFaceTokenizer.load(files, "</s>")) {
            int[] ids = tokenizer.encode("pack train", false);
            return Arrays.equals(ids, WANTED)
                    ? Finding.ok("loads and tokenises")
                    : Finding.fail(
                            "gives %s; wanted %s".formatted(Arrays.toString(ids), Arrays.toString(WANTED)),
                            "remove ~/.djl.ai, so that the library is unpacked anew");
        }
    }
}
