package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SerialQueueTest {
    private final List<String> ran = new ArrayList<>();

    @Test
    void queued_tasks_run_after_a_task_and_its_defect_handler_throw() {
        SerialQueue inbox = new SerialQueue(defect -> {
            throw new AssertionError("nor this", defect);
        });

        inbox.post(() -> {
            inbox.post(() -> ran.add("behind"));
            throw new AssertionError("on purpose");
        });
        inbox.post(() -> ran.add("later"));

        assertThat(ran).containsExactly("behind", "later");
    }
}
