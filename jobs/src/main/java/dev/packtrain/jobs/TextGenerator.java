package dev.packtrain.jobs;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.tokenizer.HuggingFaceTokenizer;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.generation.GenerationOptions;
import dev.packtrain.training.generation.Generator;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.HuggingFaceModel;
import dev.packtrain.training.model.SpecialTokens;
import dev.packtrain.training.peft.AdaptedModel;
import dev.packtrain.training.peft.AdapterDirectory;
import dev.packtrain.training.peft.Adapters;
import dev.packtrain.training.peft.SwitchedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A model directory, open for generating: from a {@code src} to the text that the model writes for it. The prompt is
 * tokenised as {@code prepare} tokenises a source.
 */
public final class TextGenerator implements AutoCloseable {
    private static final String TOKENIZER = "tokenizer.json";
    /** What a decoder gives for a character whose last bytes are still to come. */
    private static final char INCOMPLETE = '\uFFFD';

    private final Tokenizer tokenizer;
    private final Decoder model;
    private final Runnable closing;
    private final Set<Integer> eosTokenIds;

    /** @param closing frees the model */
    private TextGenerator(Tokenizer tokenizer, Decoder model, Runnable closing, Set<Integer> eosTokenIds) {
        this.tokenizer = tokenizer;
        this.model = model;
        this.closing = closing;
        this.eosTokenIds = eosTokenIds;
    }

    /** Opens a directory in fp32 on the CPU, with a thread a core. */
    public static TextGenerator open(Path modelDir) throws IOException {
        return open(modelDir, false, "cpu");
    }

    /**
     * Opens a directory.
     *
     * @param modelDir {@code config.json}, safetensors and {@code tokenizer.json}; or an adapter that names its base
     * @param bf16 bfloat16 instead of fp32
     * @param device {@code "cpu"} or {@code "cuda"}
     * @throws BadInputException if it is no such directory
     */
    public static TextGenerator open(Path modelDir, boolean bf16, String device) throws IOException {
        requireDirectory("model_name_or_path", modelDir);
        if (AdapterDirectory.is(modelDir)) {
            return open(Optional.empty(), modelDir, bf16, device);
        }
        TorchRuntime.start(Runtime.getRuntime().availableProcessors());
        Tokenizer tokenizer = tokenizer(modelDir);
        try {
            Decoder model = builder(modelDir, bf16, device).load(modelDir);
            return new TextGenerator(tokenizer, model, model::close, eosTokenIds(List.of(modelDir), tokenizer));
        } catch (RuntimeException failed) {
            tokenizer.close();
            throw failed;
        }
    }

    /**
     * Opens a base model with an adapter.
     *
     * @param base its base; empty: the one that the adapter names
     * @param adapterDir an adapter in PEFT's format; its tokenizer is taken if it has one, else the base's
     * @param bf16 bfloat16 instead of fp32
     * @param device {@code "cpu"} or {@code "cuda"}
     * @throws BadInputException if it is no such directory, or belongs to another base
     */
    public static TextGenerator open(Optional<Path> base, Path adapterDir, boolean bf16, String device)
            throws IOException {
        requireDirectory("lora_path", adapterDir);
        AdapterDirectory adapter = AdapterDirectory.open(adapterDir);
        Path baseDir = adapter.base(base);
        TorchRuntime.start(Runtime.getRuntime().availableProcessors());
        Tokenizer tokenizer = tokenizer(adapterDir, baseDir);
        try {
            AdaptedModel model = Adapters.read(adapter).load(builder(baseDir, bf16, device), baseDir);
            return new TextGenerator(
                    tokenizer, model.decoder(), model::close, eosTokenIds(List.of(adapterDir, baseDir), tokenizer));
        } catch (RuntimeException failed) {
            tokenizer.close();
            throw failed;
        }
    }

    /** Is told which adapter comes next, and writes with it. */
    @FunctionalInterface
    public interface Turn {
        /** With one adapter in use. */
        void take(Path adapter, TextGenerator generator);
    }

    /**
     * Opens a base model once and takes turns with several adapters around its linears.
     *
     * @param base their base; empty: the one that the first adapter names
     * @param adapterDirs as for {@link #open(Optional, Path, boolean, String)}; the first one's tokenizer is taken
     * @throws BadInputException if they cannot share a loaded base
     */
    public static void inTurn(Optional<Path> base, List<Path> adapterDirs, boolean bf16, String device, Turn turn)
            throws IOException {
        adapterDirs.forEach(dir -> requireDirectory("lora_path", dir));
        List<AdapterDirectory> adapters =
                adapterDirs.stream().map(AdapterDirectory::open).toList();
        Path baseDir = adapters.get(0).base(base);
        adapters.forEach(adapter -> adapter.base(Optional.of(baseDir)));
        TorchRuntime.start(Runtime.getRuntime().availableProcessors());
        Path first = adapterDirs.get(0);
        try (Tokenizer tokenizer = tokenizer(first, baseDir);
                SwitchedModel model = SwitchedModel.load(adapters, builder(baseDir, bf16, device), baseDir)) {
            for (int number = 0; number < adapterDirs.size(); number++) {
                Path adapter = adapterDirs.get(number);
                model.use(Optional.of(number));
                Set<Integer> eosTokenIds = eosTokenIds(List.of(adapter, baseDir), tokenizer);
                turn.take(adapter, new TextGenerator(tokenizer, model.decoder(), () -> {}, eosTokenIds));
            }
        }
    }

    private static DecoderBuilder builder(Path modelDir, boolean bf16, String device) {
        return new DecoderBuilder(DecoderConfig.read(modelDir, Map.of()))
                .dtype(bf16 ? ScalarType.BFloat16 : ScalarType.Float)
                .device(ComputeDevice.of(device, 0).requireUsable());
    }

    /** Of the first directory that has one. */
    private static Tokenizer tokenizer(Path... dirs) throws IOException {
        for (Path dir : dirs) {
            if (Files.isRegularFile(dir.resolve(TOKENIZER))) {
                return HuggingFaceTokenizer.load(dir);
            }
        }
        String where = Arrays.stream(dirs).map(Path::toString).collect(Collectors.joining(" and "));
        throw new BadInputException(
                "there is no %s in %s; give a model directory that has one, or copy the one that the model was trained with there"
                        .formatted(TOKENIZER, where));
    }

    private static void requireDirectory(String key, Path dir) {
        if (!Files.isDirectory(dir)) {
            throw new BadInputException("%s is %s, which is no directory; give %s directory"
                    .formatted(key, dir, key.equals("lora_path") ? "an adapter" : "a Hugging Face model"));
        }
    }

    /** {@code eos_token_id} of generation_config.json, else of config.json, of the first directory that has one; else the tokenizer's. */
    private static Set<Integer> eosTokenIds(List<Path> dirs, Tokenizer tokenizer) {
        List<Path> files = dirs.stream()
                .flatMap(dir -> Stream.of(dir.resolve(HuggingFaceModel.GENERATION), dir.resolve("config.json")))
                .toList();
        for (Path file : files) {
            if (Files.isRegularFile(file)) {
                Set<Integer> ids = new LinkedHashSet<>(SpecialTokens.ends(file));
                if (!ids.isEmpty()) {
                    return ids;
                }
            }
        }
        return Set.of(tokenizer.eosTokenId());
    }

    /** Tokens that end a text, for {@link GenerationOptions}. */
    public Set<Integer> eosTokenIds() {
        return eosTokenIds;
    }

    /** Writes for {@code src}, always taking the likeliest token. */
    public String generate(String src, int maxNewTokens) {
        return generate(src, GenerationOptions.greedy(maxNewTokens, eosTokenIds), text -> {});
    }

    /**
     * Writes for {@code src}.
     *
     * @param onText is told the text piece by piece, whole characters only
     * @return the whole text
     */
    public String generate(String src, GenerationOptions options, Consumer<String> onText) {
        int[] prompt = tokenizer.encode(src, true);
        Streamed streamed = new Streamed(onText);
        int[] ids = new Generator(model).generate(prompt, options, streamed::add);
        String text = tokenizer.decode(ids, true);
        streamed.finish(text);
        return text;
    }

    /** Bytes of one character may be spread over tokens, so text is told up to the last whole character. */
    private final class Streamed {
        private final Consumer<String> onText;
        private int[] ids = new int[0];
        private String told = "";

        Streamed(Consumer<String> onText) {
            this.onText = onText;
        }

        void add(int id) {
            ids = Arrays.copyOf(ids, ids.length + 1);
            ids[ids.length - 1] = id;
            String text = tokenizer.decode(ids, true);
            if (!text.isEmpty() && text.charAt(text.length() - 1) != INCOMPLETE) {
                finish(text);
            }
        }

        void finish(String text) {
            if (text.startsWith(told) && text.length() > told.length()) {
                onText.accept(text.substring(told.length()));
                told = text;
            }
        }
    }

    @Override
    public void close() {
        closing.run();
        tokenizer.close();
    }
}
