package dev.packtrain.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.ModelOptions;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchMethodTest {
    private static final Path BASE = Path.of("/base");

    @Test
    void isWhatARecipeWithTheseKeysTrains() {
        ModelOptions model =
                BenchMethod.model("{\"lokr\": true, \"lokr_dim\": 4, \"weight_quantize_algo\": \"nf4\"}", BASE);
        assertThat(model.peft().method()).isEqualTo("lokr");
        assertThat(model.peft().settings()).containsOnlyKeys("lokr_dim");
        assertThat(model.quantization()).isNotNull();
        assertThat(model.modelDir()).isEqualTo("/base");
    }

    @Test
    void onlyThePlainLoraOfAllLinearsCanBeCounted() {
        assertThat(rank("{\"lora\": true, \"lora_rank\": 4, \"lora_dropout\": 0.1}"))
                .hasValue(4);
        assertThat(rank("{\"lora\": true, \"lora_rank\": 4, \"use_dora\": true}"))
                .isEmpty();
        assertThat(rank("{\"lora\": true, \"lora_rank\": 4, \"lora_target_modules\": \"q_proj\"}"))
                .isEmpty();
        assertThat(rank("{\"loha\": true}")).isEmpty();
    }

    private static OptionalInt rank(String json) {
        return BenchMethod.loraRank(BenchMethod.model(json, BASE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "[1]", "null", "{\"lora\": true", ""})
    void refusesWhatIsNoObject(String json) {
        assertThatThrownBy(() -> BenchMethod.model(json, BASE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("--peft is " + json)
                .hasMessageContaining("wanted a JSON object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"neftune\": true}", "{\"lora\": true, \"neftune\": true}", "{\"lora\": false}"})
    void refusesWhatIsNotOneMethod(String json) {
        assertThatThrownBy(() -> BenchMethod.model(json, BASE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("wanted one method");
    }

    @Test
    void refusesOtherKeysOfARecipe() {
        assertThatThrownBy(() -> BenchMethod.model("{\"lora\": true, \"learning_rate\": 0.1}", BASE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("--peft has learning_rate");
        assertThatThrownBy(() -> BenchMethod.model("{\"lora\": true, \"lora_rnak\": 4}", BASE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("lora_rank");
    }
}
