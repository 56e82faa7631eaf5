package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.v1.Payload;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PayloadPageTest {
    private static final Query ASKED =
            Query.NONE.with("gid", "a/b").with("branch", "<pay>").with("op", "action");

    private static PayloadPage page(Payload payload) {
        Frame frame = Rendered.frame("transaction/payload", ASKED, Duration.ZERO, Language.ENGLISH);
        PayloadPage page = PayloadPage.of(ASKED, List.of("action", "compensate"), payload, frame.texts());
        String html = Rendered.html("payload.jte", frame, page);
        MarkupRules.verify(html);
        assertThat(html.length()).isLessThan(300_000);
        return page;
    }

    private static PayloadPage page(ByteString raw) {
        return page(Payload.newBuilder().setRaw(raw).build());
    }

    @Test
    void text_is_cut_between_characters() {
        PayloadPage page = page(ByteString.copyFromUtf8("xy" + "\u4e2d".repeat(30_000)));

        assertThat(page.form()).isEqualTo("text");
        assertThat(page.isCut()).isTrue();
        assertThat(page.text()).hasSize(2 + 21_844).doesNotContain("\ufffd");
        assertThat(page(ByteString.copyFromUtf8("short")).isCut()).isFalse();
    }

    @Test
    void bytes_that_are_not_text_are_offered_for_download_only() {
        PayloadPage page = page(ByteString.copyFrom(new byte[] {0, (byte) 0xff, 'A', '<'}));

        assertThat(page.form()).isEqualTo("bytes");
        assertThat(page.text()).isEmpty();
        assertThat(page.whole()).endsWith("whole=1");
        assertThat(page(ByteString.EMPTY).form()).isEqualTo("none");
    }

    @Test
    void json_is_shown_as_it_was_written() {
        PayloadPage page = page(Payload.newBuilder()
                .setRaw(ByteString.copyFromUtf8("x"))
                .setJson("{\"id\": 9007199254740993}")
                .build());

        assertThat(page.form()).isEqualTo("json");
        assertThat(page.text()).contains("9007199254740993");
        assertThat(page.others()).extracting(Frame.Link::isCurrent).containsExactly(true, false, false);
    }
}
