package dev.entente.server.codec.wording;

import dev.entente.v1.OperationPreview;
import java.time.Instant;

/** Describes in one sentence the effect of an operator action, for the API, the command line and the console. */
public final class PreviewSentence {
    private final OperationPreview preview;
    private final Words words;

    private PreviewSentence(OperationPreview preview, Words words) {
        this.preview = preview;
        this.words = words;
    }

    public static String of(OperationPreview preview, Words words) {
        return new PreviewSentence(preview, words).text();
    }

    private String text() {
        if (preview.hasRefused()) {
            return words.of("would.refused", preview.getRefused().getMessage());
        } else if (preview.getDeferred()) {
            return words.of(preview.getBehindAnotherOperation() ? "would.behind" : "would.put-off");
        }
        String before = StateWords.of(preview.getBefore(), words);
        String after = StateWords.of(preview.getAfter(), words);
        String state = words.of(before.equals(after) ? "would.stay" : "would.become", after, before);
        state = preview.getUnchanged() ? words.of("would.unchanged", state) : state;
        return preview.getAfter().getTerminal() ? words.of("would.end", state) : words.of("would.next", state, next());
    }

    private String next() {
        int inTurn = (int) preview.getCallsList().stream()
                .filter(OperationPreview.Call::getIfFirstInQueue)
                .count();
        int leaving = preview.getCallsCount() - inTurn;
        if (leaving > 0 && inTurn > 0) {
            return words.of("would.both", count("would.leave", leaving), count("would.turn", inTurn));
        } else if (preview.getCallsCount() > 0) {
            return leaving > 0 ? count("would.leave", leaving) : count("would.turn", inTurn);
        } else if (preview.getAwaitsInFlight() && !preview.getAfter().hasParked()) {
            return words.of("would.await");
        } else if (preview.hasNextTime()) {
            var next = preview.getNextTime();
            return words.of("would.at", Instant.ofEpochSecond(next.getSeconds(), next.getNanos()));
        }
        return preview.getAfter().hasParked()
                ? words.of(
                        "would.parked",
                        words.named(
                                "reason",
                                preview.getAfter().getParked().getReason().name()))
                : words.of("would.nothing");
    }

    private String count(String key, int calls) {
        return words.of(calls == 1 ? key + ".one" : key, calls);
    }
}
