package dev.packtrain.training.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.options.ScheduleOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Against transformers' get_scheduler: docs/goldens/adamw_and_schedules.py. */
class LearningRateScheduleGoldenTest {
    @Test
    void everyRateEqualsTransformers() throws IOException {
        List<String> rows = rows();
        for (String row : rows) {
            String[] cells = row.split(",", -1);
            int totalSteps = Integer.parseInt(cells[3]);
            ScheduleOptions options = new ScheduleOptions(
                    ScheduleOptions.Type.valueOf(cells[0]), Integer.parseInt(cells[1]), Double.parseDouble(cells[2]));
            LearningRateSchedule schedule = new LearningRateSchedule(options, 3e-4, totalSteps);
            for (int step = 0; step <= totalSteps; step++) {
                assertThat(schedule.at(step))
                        .as("%s, step %d", row, step)
                        .isCloseTo(Double.parseDouble(cells[4 + step]), within(1e-18));
            }
        }
        assertThat(rows).hasSize(16);
    }

    private static List<String> rows() throws IOException {
        try (InputStream in = LearningRateScheduleGoldenTest.class.getResourceAsStream("schedules.csv")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .skip(1)
                    .toList();
        }
    }
}
