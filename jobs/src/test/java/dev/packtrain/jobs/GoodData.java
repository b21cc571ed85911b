package dev.packtrain.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.pipeline.sample.SampleGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is right beside the mistake that a test makes: rows, a tokenizer, a data set made of both, and command lines.
 *
 * @param rows a file of {@link #NUM_ROWS} rows
 */
record GoodData(Path rows, Path tokenizer, Path data) {
    static final int NUM_ROWS = 40;

    /** Makes them. */
    static GoodData in(Path dir) throws IOException {
        System.setProperty("packtrain.log.file", dir.resolve("run.log").toString());
        GoodData good = new GoodData(dir.resolve("rows.jsonl"), dir.resolve("tokenizer"), dir.resolve("data"));
        new SampleGenerator(1).writeTo(good.rows, NUM_ROWS);
        PacktrainRun tokenizer = PacktrainRun.of(
                "tokenizer",
                "--dataset_name_or_path=" + good.rows,
                "--output_dir=" + good.tokenizer,
                "--vocab_size=300");
        assertThat(tokenizer.status()).as(tokenizer.err()).isZero();
        PacktrainRun prepared = PacktrainRun.of(good.prepare(good.rows, good.data));
        assertThat(prepared.status()).as(prepared.err()).isZero();
        return good;
    }

    /** Prepares with the tokenizer. */
    String[] prepare(Path input, Path output, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "prepare",
                "--dataset_name_or_path=" + input,
                "--tokenizer_name_or_path=" + tokenizer,
                "--output_dir=" + output,
                "--max_length=256",
                "--zero_padding"));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    /** Trains one step. */
    String[] train(Path dataset, Path output, String... more) {
        List<String> args = new ArrayList<>(
                List.of("train", "--dataset_name_or_path=" + dataset, "--output_dir=" + output, "--max_steps=1"));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }
}
