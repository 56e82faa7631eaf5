package dev.entente.server.store.audit.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import dev.entente.server.store.AuditRecord;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SinkLineTest {
    private static final Instant AT = Instant.parse("2026-11-23T10:00:00Z");

    private static AuditRecord entry(String reason) {
        return new AuditRecord("ann", "park", "g-1", reason, "RUNNING", "PARKED", "10.0.0.1", "r-1");
    }

    @Test
    void a_chained_entry_has_every_field_and_the_link_as_an_anchor() {
        SinkLine line = SinkLine.chained(7, 12, ByteString.fromHex("0aff"), 812, AT, entry("why"));
        JsonObject json = JsonParser.parseString(line.json()).getAsJsonObject();

        assertThat(json).hasToString("""
            {"link":"7:12:0aff","id":812,"at":"2026-11-23T10:00:00.000000Z","actor":"ann","act":"park","gid":"g-1",\
            "reason":"why","before":"RUNNING","after":"PARKED","peer":"10.0.0.1","request_id":"r-1"}\
            """);
        assertThat(line.isRefusal()).isFalse();
    }

    @Test
    void what_a_terminal_obeys_and_what_nobody_sees_is_escaped_and_comes_back_as_it_was() {
        for (String text : List.of(
                "two\nlines\r",
                "\u001b[2J",
                "\u202egnp.exe",
                "\u0085\u009b",
                "\u2028",
                "\ud83d\ude00",
                "\udb40\udc41",
                "ä\"\\")) {
            SinkLine line = SinkLine.asked(AT, entry(text));

            assertThat(line.json()).doesNotContainPattern("[\\p{Cntrl}\\p{Cf}\u0085\u009b\u2028]");
            assertThat(JsonParser.parseString(line.json())
                            .getAsJsonObject()
                            .get("reason")
                            .getAsString())
                    .isEqualTo(text);
        }
    }
}
