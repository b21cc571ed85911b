package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdapterConfigTypesTest {
    @TempDir
    Path dir;

    private AdapterDirectory open(String json) throws Exception {
        Files.writeString(dir.resolve(AdapterDirectory.CONFIG), json);
        return AdapterDirectory.open(dir);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "r            | \"eight\"      | a whole number",
                "r            | \"8\"          | a whole number",
                "r            | 8.5            | a whole number",
                "r            | 10000000000    | a whole number",
                "lora_alpha   | \"16\"         | a number",
                "lora_dropout | true           | a number",
                "use_rslora   | \"yes\"        | true or false",
                "use_dora     | 1              | true or false",
                "base_model_name_or_path | 5   | a text",
                "target_r     | [8]            | a whole number"
            })
    void anEntryOfAnotherTypeIsNamed(String name, String value, String wanted) {
        assertThatThrownBy(() -> open("{\"peft_type\": \"LORA\", \"%s\": %s}".formatted(name, value)))
                .isInstanceOf(BadInputException.class)
                .hasMessage("%s has %s %s; wanted %s, as it was when the adapter was saved."
                        .formatted(dir.resolve(AdapterDirectory.CONFIG), name, value, wanted));
    }

    @Test
    void whatPeftWritesIsTaken() throws Exception {
        assertThat(
                        open("""
                                {"peft_type": "LORA", "r": 8, "lora_alpha": 16, "lora_dropout": 0.1, "use_rslora": false,
                                 "init_lora_weights": true, "total_step": null, "target_modules": ["q_proj"],
                                 "base_model_name_or_path": null, "bias": "none"}
                                """)
                                .config()
                                .path("r")
                                .asInt())
                .isEqualTo(8);
        assertThat(open("{\"peft_type\": \"LORA\", \"lora_alpha\": 16.5}").basePath())
                .isEmpty();
    }

    @Test
    void noObjectIsNoConfig() {
        assertThatThrownBy(() -> open("[]"))
                .isInstanceOf(BadInputException.class)
                .hasMessage(dir.resolve(AdapterDirectory.CONFIG) + " holds no JSON object.");
    }
}
