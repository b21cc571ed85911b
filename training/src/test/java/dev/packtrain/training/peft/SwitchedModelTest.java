package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several adapters on one loaded base give what each gives alone. */
class SwitchedModelTest {
    @TempDir
    Path temp;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private Path written(PeftRecipe recipe) throws IOException {
        Path dir = Files.createDirectory(temp.resolve(recipe.name()));
        try (AdaptedModel model = recipe.fresh(ScalarType.Float)) {
            AdapterNoise.add(model);
            AdapterDirectory.write(dir, model.adapters(), recipe.baseDir());
        }
        return dir;
    }

    @Test
    void eachAdapterInTurnGivesItsOwnLogitsAndTheBaseItsOwn() throws IOException {
        List<PeftRecipe> recipes = List.of(
                PeftRecipe.named("lora"),
                PeftRecipe.named("dora"),
                PeftRecipe.named("vera"),
                PeftRecipe.named("loha"),
                PeftRecipe.named("bitfit"));
        PeftRecipe any = recipes.get(0);
        PackedSequence pack = any.pack();
        List<AdapterDirectory> directories = new ArrayList<>();
        for (PeftRecipe recipe : recipes) {
            directories.add(AdapterDirectory.open(written(recipe)));
        }
        try (SwitchedModel model = SwitchedModel.load(directories, any.builder(ScalarType.Float), any.baseDir());
                var base = any.builder(ScalarType.Float).load(any.baseDir())) {
            for (int turn : new int[] {0, 3, 1, 2, 4, 0}) {
                model.use(Optional.of(turn));
                TensorScope.run(() -> {
                    Tensor got = model.decoder().logits(pack);
                    try (AdaptedModel alone =
                            recipes.get(turn).read(directories.get(turn).path())) {
                        assertThat(got.equal(alone.decoder().logits(pack)))
                                .as(recipes.get(turn).name())
                                .isTrue();
                    }
                    assertThat(got.equal(base.logits(pack))).isFalse();
                });
            }
            model.use(Optional.empty());
            TensorScope.run(() -> assertThat(model.decoder().logits(pack).equal(base.logits(pack)))
                    .isTrue());
        }
    }

    @Test
    void whatChangesMoreThanLinearsIsRefusedByName() throws IOException {
        PeftRecipe any = PeftRecipe.named("lora");
        List<AdapterDirectory> directories = List.of(
                AdapterDirectory.open(written(any)), AdapterDirectory.open(written(PeftRecipe.named("prompt"))));
        assertThatThrownBy(() -> SwitchedModel.load(directories, any.builder(ScalarType.Float), any.baseDir()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is an adapter of prompt_tuning");
    }
}
