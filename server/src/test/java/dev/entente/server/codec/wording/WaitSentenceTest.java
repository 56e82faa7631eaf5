package dev.entente.server.codec.wording;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import dev.entente.v1.Waiting;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class WaitSentenceTest {
    private static final Instant NOW = Instant.parse("2026-03-01T14:00:00Z");

    @Test
    void hostile_and_long_words_of_a_participant_stay_on_one_line() {
        Waiting wait = Waiting.newBuilder()
                .setKind(Waiting.Kind.BACKOFF)
                .setParticipant("pay")
                .setSince(Timestamps.fromMillis(NOW.minusSeconds(300).toEpochMilli()))
                .setNextTime(Timestamps.fromMillis(NOW.plusSeconds(12).toEpochMilli()))
                .setAttempts(1)
                .setLastError("\u001b[2J\n\u202e" + "x".repeat(500))
                .build();
        assertThat(WaitSentence.of(wait, false, NOW, Words.ENGLISH))
                .startsWith("waits 5 min for pay: 1 attempt without success (\\u001b[2J\\u000a\\u202ex")
                .hasSizeLessThan(350)
                .endsWith("\u2026), next at 14:00:12Z");
    }
}
