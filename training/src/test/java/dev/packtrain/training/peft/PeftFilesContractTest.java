package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.checkpoint.FileSha256;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.peft.PeftRecipe.Trait;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every {@link PeftMethod} keeps in its files: adapters as they were trained, and alone. */
class PeftFilesContractTest {
    private static final String RECIPES = "dev.packtrain.training.peft.PeftRecipe#all";

    @TempDir
    Path temp;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @ParameterizedTest
    @MethodSource(RECIPES)
    void whatIsSavedIsTheAdapterAndNothingElse(PeftRecipe recipe) throws IOException {
        Path first = Files.createDirectory(temp.resolve("first"));
        Path second = Files.createDirectory(temp.resolve("second"));
        PackedSequence pack = recipe.pack();
        try (AdaptedModel model = AdapterNoise.noisy(recipe, ScalarType.Float)) {
            AdapterDirectory.write(first, model.adapters(), recipe.baseDir());
            try (AdaptedModel loaded = recipe.read(first);
                    SafetensorsFile base = SafetensorsFile.open(recipe.baseDir().resolve("model.safetensors"));
                    SafetensorsFile file = SafetensorsFile.open(first.resolve(AdapterDirectory.WEIGHTS))) {
                AdapterDirectory.write(second, loaded.adapters(), recipe.baseDir());
                TensorScope.run(() -> {
                    Tensor expected = model.decoder().logits(pack);
                    Tensor got = loaded.decoder().logits(pack);
                    assertThat(
                                    recipe.has(Trait.SAVED_CONVERTED)
                                            ? Tensors.relativeError(got, expected) < 1e-5
                                            : got.equal(expected))
                            .as("loaded is saved")
                            .isTrue();
                });
                assertThat(file.tensors().keySet()).noneMatch(name -> base.tensors()
                        .containsKey(
                                name.startsWith(AdapterFile.PREFIX)
                                        ? name.substring(AdapterFile.PREFIX.length())
                                        : name));
            }
        }
        for (String name : List.of(AdapterDirectory.CONFIG, AdapterDirectory.WEIGHTS)) {
            assertThat(FileSha256.of(second.resolve(name))).as(name).isEqualTo(FileSha256.of(first.resolve(name)));
        }
    }

    @ParameterizedTest
    @MethodSource(RECIPES)
    void mergedIsAdaptedOrRefused(PeftRecipe recipe) throws IOException {
        Path adapter = Files.createDirectory(temp.resolve("adapter"));
        Path merged = Files.createDirectory(temp.resolve("merged"));
        try (AdaptedModel model = AdapterNoise.noisy(recipe, ScalarType.Float)) {
            AdapterDirectory.write(adapter, model.adapters(), recipe.baseDir());
        }
        if (recipe.has(Trait.NOT_MERGEABLE)) {
            assertThatThrownBy(() -> {
                        try (AdapterMerge merge = AdapterMerge.open(adapter, Optional.of(recipe.baseDir()))) {
                            merge.write(merged);
                        }
                    })
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(recipe.method());
            return;
        }
        try (AdapterMerge merge = AdapterMerge.open(adapter, Optional.of(recipe.baseDir()))) {
            merge.write(merged);
            assertThat(MergeCheck.run(merge, merged)).isLessThan(1e-5);
        }
    }
}
