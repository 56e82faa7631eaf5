package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.v1.BranchStatus;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import org.junit.jupiter.api.Test;

/** Whatever clients and participants wrote, an operator's terminal shows it and does nothing else. */
class HostileTextTest {
    private static final String HOSTILE = "no\n  pay SUCCEEDED \u001b[2J \u202e @|red x|@";
    private static final String SHOWN = "no\\u000a  pay SUCCEEDED \\u001b[2J \\u202e @|red x|@";

    @Test
    void what_others_wrote_stays_in_its_place() {
        String text = Timeline.of(Transaction.newBuilder()
                .setGid("order-1")
                .setState(Transaction.State.ABORTED)
                .setDetail(HOSTILE)
                .putLabels("order", HOSTILE)
                .addBranches(BranchStatus.newBuilder().setId("pay").setLastError(HOSTILE))
                .addHistory(HistoryEvent.newBuilder()
                        .setKind("ABORTING")
                        .setDetail(HOSTILE)
                        .setActor(HOSTILE))
                .build());
        assertThat(text.split("no\\\\u000a", -1)).as(text).hasSize(6);
        assertThat(text).contains(SHOWN, "@|red x|@\n").doesNotContain("\u001b", "\u202e", "\n  pay SUCCEEDED");
    }
}
