package dev.entente.server.codec.wording;

import dev.entente.v1.OperationPreview;
import java.time.Instant;

/** Describes in one sentence the effect of an operator action, for the API, the command line and the console. */
public final class PreviewSentence {
    private final OperationPreview preview;
    private final TextCatalog texts;

    private PreviewSentence(OperationPreview preview, TextCatalog texts) {
        this.preview = preview;
        this.texts = texts;
    }

    public static String of(OperationPreview preview, TextCatalog texts) {
        return new PreviewSentence(preview, texts).text();
    }

    private String text() {
        if (preview.hasRefused()) {
            return texts.of("would.refused", preview.getRefused().getMessage());
        } else if (preview.getDeferred()) {
            return texts.of(preview.getBehindAnotherOperation() ? "would.behind" : "would.put-off");
        }
        String before = StateText.of(preview.getBefore(), texts);
        String after = StateText.of(preview.getAfter(), texts);
        String state = texts.of(before.equals(after) ? "would.stay" : "would.become", after, before);
        state = preview.getUnchanged() ? texts.of("would.unchanged", state) : state;
        return preview.getAfter().getTerminal() ? texts.of("would.end", state) : texts.of("would.next", state, next());
    }

    private String next() {
        int inQueue = (int) preview.getCallsList().stream()
                .filter(OperationPreview.Call::getIfFirstInQueue)
                .count();
        int leaving = preview.getCallsCount() - inQueue;
        if (leaving > 0 && inQueue > 0) {
            return texts.of("would.both", count("would.leave", leaving), count("would.turn", inQueue));
        } else if (preview.getCallsCount() > 0) {
            return leaving > 0 ? count("would.leave", leaving) : count("would.turn", inQueue);
        } else if (preview.getAwaitsInFlight() && !preview.getAfter().hasParked()) {
            return texts.of("would.await");
        } else if (preview.hasNextTime()) {
            var next = preview.getNextTime();
            return texts.of("would.at", Instant.ofEpochSecond(next.getSeconds(), next.getNanos()));
        }
        return preview.getAfter().hasParked()
                ? texts.of(
                        "would.parked",
                        texts.named(
                                "reason",
                                preview.getAfter().getParked().getReason().name()))
                : texts.of("would.nothing");
    }

    private String count(String key, int calls) {
        return texts.of(calls == 1 ? key + ".one" : key, calls);
    }
}
