package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.ParkReason;
import dev.entente.server.codec.wording.PreviewSentence;
import dev.entente.server.codec.wording.TextCatalog;
import dev.entente.server.codec.wording.WaitSentence;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Verifies that Chinese pages contain everything that the API reports in English, and no English text of our own. */
class ChinesePagesTest {
    private static final Texts CHINESE = Texts.of(Language.CHINESE);
    private static final Pattern ENGLISH = Pattern.compile("[A-Za-z']{2,}[,:;]? [A-Za-z']+");
    private static final Pattern HAN = Pattern.compile("\\p{IsHan}");

    /** Removes the text that may be Latin: code, and English that is marked. Data of the tests is one word at most. */
    private static String withoutMarked(String html) {
        return html.replaceAll("(?s)<code.*?</code>", "|")
                .replaceAll("(?s)<(bdi|a)[^>]* lang=\"en\"[^>]*>.*?</\\1>", "|")
                .replaceAll("<[^>]*? (?:aria-label|title|data-label)=\"([^\"]*)\"[^>]*>", "|$1|")
                .replaceAll("<[^>]*>", "|");
    }

    private static void assertChinese(String html) {
        MarkupRules.verify(html);
        assertThat(withoutMarked(html))
                .contains("\u4e8b\u52a1")
                .doesNotContainPattern(ENGLISH)
                .doesNotContainPattern(TextsTest.TOUCHING);
    }

    private static void assertChineseSentence(String chinese) {
        assertThat(chinese)
                .containsPattern(HAN)
                .doesNotContainPattern(ENGLISH)
                .doesNotContainPattern(TextsTest.TOUCHING)
                .doesNotContainPattern("\\{\\d}|wait\\.|would\\.|advice\\.");
    }

    // ---- waits

    /** Returns waits with every field that a wait may have, and with as few fields as possible. */
    static Stream<Arguments> waits() {
        List<Arguments> waits = new ArrayList<>();
        for (Waiting.Kind kind : Waiting.Kind.values()) {
            if (TransactionQuery.isNamed(kind)) {
                Waiting.Builder least = Waiting.newBuilder().setKind(kind).setLastError(last(kind, ""));
                Waiting.Builder most = least.clone()
                        .setSince(ShownTransactions.at(0))
                        .setNextTime(ShownTransactions.at(9_000_000))
                        .setBranch("pay")
                        .setPrompt("price")
                        .setParticipant("bank")
                        .setBlockedBy("(another message)")
                        .setLastError(last(kind, "HTTP-503"));
                for (Waiting.Builder wait : List.of(least, most, most.clone().setBlockedBy("order-0"))) {
                    Stream.of(0, 1, 3)
                            .map(attempts -> wait.clone().setAttempts(attempts).build())
                            .forEach(one -> waits.add(Arguments.of(kind, one)));
                }
            }
        }
        return waits.stream();
    }

    private static String last(Waiting.Kind kind, String error) {
        return kind != Waiting.Kind.PARKED ? error : "UNDO_EXHAUSTED" + (error.isEmpty() ? "" : ": " + error);
    }

    @ParameterizedTest
    @MethodSource("waits")
    void each_kind_of_wait_has_a_chinese_sentence(Waiting.Kind kind, Waiting wait) {
        Transaction.Builder waits = ShownTransactions.example("saga").setWaiting(wait);
        if (kind == Waiting.Kind.PARKED) {
            waits.getParkedBuilder()
                    .setReason(Parked.Reason.UNDO_EXHAUSTED)
                    .setDetail("HTTP-503")
                    .setAdvice("fix it")
                    .setMayAbort(true);
        }
        Transaction transaction = waits.build();
        String sentence = WaitSentence.of(wait, Rendered.T0.plusSeconds(60), CHINESE.words());
        assertChineseSentence(sentence);
        assertThat(Rendered.transactionPage(transaction, Query.NONE, Duration.ofSeconds(60), Language.CHINESE))
                .satisfies(ChinesePagesTest::assertChinese)
                .contains(kind == Waiting.Kind.PARKED ? CHINESE.of("advice.UNDO_EXHAUSTED") : sentence);
        assertThat(listed(transaction))
                .satisfies(ChinesePagesTest::assertChinese)
                .contains(sentence)
                .satisfies(list -> assertThat(list.contains(CHINESE.of("advice.UNDO_EXHAUSTED")))
                        .isEqualTo(kind == Waiting.Kind.PARKED));
        assertThat(WaitSentence.of(wait, Rendered.T0, TextCatalog.ENGLISH))
                .doesNotContainPattern(HAN)
                .doesNotContain("wait.", "{");
    }

    private static String listed(Transaction transaction) {
        Frame frame = Rendered.frame("transactions", Query.NONE, Duration.ofSeconds(60), Language.CHINESE);
        return Rendered.list(frame, transaction);
    }

    @ParameterizedTest
    @EnumSource
    void each_park_reason_has_its_advice(ParkReason reason) {
        for (boolean mayAbort : List.of(true, false)) {
            for (String detail : List.of("", "ENT-089: x")) {
                Parked parked = Parked.newBuilder()
                        .setReasonValue(reason.code())
                        .setDetail(detail)
                        .setMayAbort(mayAbort)
                        .build();
                assertThat(WaitSentence.advice(parked, CHINESE.words()).replace("`entente recover`", ""))
                        .satisfies(ChinesePagesTest::assertChineseSentence);
                var mark = new dev.entente.core.transaction.Parked(reason, detail, Rendered.T0);
                assertThat(WaitSentence.advice(parked, TextCatalog.ENGLISH)).isEqualTo(mark.advice(mayAbort));
            }
        }
    }

    @Test
    void text_of_an_unknown_kind_is_shown_unchanged() {
        Waiting newer =
                Waiting.newBuilder().setKindValue(99).setSentence("waits anew").build();
        assertThat(WaitSentence.of(newer, Rendered.T0, CHINESE.words())).isEqualTo("waits anew");
        Parked parked = Parked.newBuilder().setReasonValue(99).setAdvice("wait").build();
        assertThat(WaitSentence.advice(parked, CHINESE.words())).isEqualTo("wait");
    }

    // ---- operations

    private static OperationPreview.Builder preview(Transaction.State after) {
        OperationPreview.Builder preview = OperationPreview.newBuilder().setRevision(7);
        preview.getBeforeBuilder().setState(Transaction.State.RUNNING);
        preview.getAfterBuilder().setState(after);
        return preview;
    }

    private static OperationPreview.Builder leaving(int leaving, int queued) {
        OperationPreview.Builder preview = preview(Transaction.State.RUNNING);
        for (int i = 0; i < leaving + queued; i++) {
            preview.addCallsBuilder()
                    .setBranch("\u652f\u4ed8")
                    .setOp("action")
                    .setTarget("bank")
                    .setIfFirstInQueue(i >= leaving);
        }
        return preview;
    }

    static Stream<Arguments> previews() {
        OperationPreview.Builder ended = preview(Transaction.State.ABORTED);
        ended.getAfterBuilder().setTerminal(true).setForced(true);
        OperationPreview.Builder parked = preview(Transaction.State.RUNNING);
        parked.getAfterBuilder().getParkedBuilder().setReason(Parked.Reason.BY_OPERATOR);
        Map<String, OperationPreview.Builder> expected = new TreeMap<>(Map.of(
                "changes from RUNNING to ABORTED, forced, a final state",
                ended,
                "changes from RUNNING to PARKED while going forward; no call is sent: BY_OPERATOR",
                parked,
                "changes from RUNNING to UNDOING; no call is sent",
                preview(Transaction.State.UNDOING),
                "stays RUNNING; no call is sent until the calls in flight have finished",
                preview(Transaction.State.RUNNING).setAwaitsInFlight(true),
                "stays RUNNING; continues by itself at 2026-03-01T14:00:00Z",
                preview(Transaction.State.RUNNING).setNextTime(Timestamps.fromMillis(1_772_373_600_000L)),
                "waits for the calls in flight, and is checked again then",
                preview(Transaction.State.RUNNING).setDeferred(true),
                "stays RUNNING; one call is sent at once",
                leaving(1, 0),
                "stays RUNNING; 2 calls are sent at once, and one call is sent if it is first in its queue",
                leaving(2, 1),
                "stays RUNNING; 2 calls are sent if they are first in their queues",
                leaving(0, 2)));
        return expected.entrySet().stream()
                .map(one -> Arguments.of(one.getKey(), one.getValue().build()));
    }

    private static String act(OperationPreview preview) {
        OperationForm form = OperationForm.of(Map.of("gid", "order-1", "operation", "retry"));
        Frame frame = Rendered.frame("transaction/operation", form.query(), Duration.ZERO, Language.CHINESE);
        return Rendered.html(
                "operation.jte",
                frame,
                new OperationPage(form, Transaction.getDefaultInstance(), preview, ApiResult.of(""), frame.texts()));
    }

    @ParameterizedTest
    @MethodSource("previews")
    void each_preview_has_a_chinese_sentence(String english, OperationPreview preview) {
        assertThat(PreviewSentence.of(preview, TextCatalog.ENGLISH)).isEqualTo(english);
        assertChineseSentence(PreviewSentence.of(preview, CHINESE.words()));
        assertChinese(act(preview));
    }

    @Test
    void each_operation_has_a_chinese_name_and_meaning() {
        assertThat(OperationForm.OPERATIONS.keySet()).allSatisfy(act -> {
            assertChineseSentence(CHINESE.of("operation." + act));
            assertChineseSentence(CHINESE.of("operation." + act + ".meaning"));
        });
    }

    // ---- errors

    static Stream<ErrorCode> answered() {
        return Arrays.stream(ErrorCode.values())
                .filter(code -> code.category() != ErrorCode.Category.SDK)
                .filter(code -> code.category() != ErrorCode.Category.STARTUP);
    }

    @ParameterizedTest
    @MethodSource("answered")
    void an_error_has_a_chinese_meaning_before_its_message(ErrorCode code) {
        String own = code.id() + ": it did not go well";
        String html = act(preview(Transaction.State.RUNNING)
                .setRefused(dev.entente.v1.Error.newBuilder().setMessage(own))
                .build());
        assertChinese(html);
        assertThat(html).contains(CHINESE.meaning(own)).contains("lang=\"en\">" + own + "</bdi>");
        assertThat(CHINESE.meaning(own)).containsPattern(HAN);
        assertThat(Texts.of(Language.ENGLISH).meaning(own)).isEmpty();
        assertThat(CHINESE.meaning("ENT-099 without a colon")).isEmpty();
    }
}
