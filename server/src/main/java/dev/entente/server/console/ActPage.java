package dev.entente.server.console;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.codec.wording.PreviewSentence;
import dev.entente.server.console.part.Badge;
import dev.entente.server.console.part.Moment;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.ActPreview;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The page of an act: what it would do, and the form that does it.
 *
 * @param label the act, and the branch where it is about one
 * @param prompt the question that the act answers; empty for none
 * @param choices what has to be said first; empty where nothing has
 * @param left what a forced end leaves as it is; empty for other acts
 * @param preview null where something has to be said first, and where the act has none
 * @param fixed what the form sends beside the reason
 * @param mayDo whether there is a form
 * @param error why it was not done just now; empty where nobody tried
 */
public record ActPage(
        String gid,
        String back,
        String act,
        String label,
        String meaning,
        String prompt,
        List<Choice> choices,
        List<Left> left,
        @Nullable ActPreview preview,
        Map<String, String> fixed,
        boolean mayDo,
        String command,
        String reason,
        String error,
        Instant now,
        Texts texts) {
    private static final Map<Pattern, List<String>> OPERATIONS = Map.of(
            Pattern.SAGA, List.of("action", "compensate"),
            Pattern.TCC, List.of("try", "confirm", "cancel"),
            Pattern.TWO_PHASE, List.of("prepare", "pre_commit", "commit", "rollback"),
            Pattern.MESSAGE, List.of("deliver", "check"),
            Pattern.NOTIFICATION, List.of("deliver"));

    private static final Set<String> COMPLETIONS = Set.of("confirm", "pre_commit", "commit");
    private static final Set<Call.Outcome> UNANSWERED = Set.of(Call.Outcome.UNKNOWN, Call.Outcome.IN_PROGRESS);
    private static final int MOST_NAMED = 64;

    /**
     * Branches with which the same became of what they were to do.
     *
     * @param more how many are not named
     */
    public record Left(String title, List<BranchStatus> branches, int more) {}

    /** Something to choose: one of several values. */
    public record Choice(String name, String label, List<TransactionsPage.Choice> values) {}

    /**
     * @param form what the URL or the form says
     * @param preview null where it cannot be had yet
     */
    static ActPage of(
            ActForm form,
            Transaction transaction,
            @Nullable ActPreview preview,
            String error,
            Instant now,
            Texts texts) {
        String name = texts.of("act." + form.act());
        boolean mayDo = preview == null ? form.act().equals("resend") : !preview.hasRefused();
        ActForm bound = preview == null
                ? form.at(transaction.getRevision(), 0)
                : form.at(preview.getRevision(), preview.getFence());
        return new ActPage(
                form.gid(),
                TransactionRow.href(form.gid()),
                form.act(),
                form.branch().isEmpty() || form.act().equals("resolve")
                        ? name
                        : texts.of("act.of", name, form.branch()),
                texts.of("act." + form.act() + ".meaning"),
                VisibleText.of(
                        ApprovalsPage.approval(transaction, form.branch()).getPrompt()),
                choices(form, transaction, texts),
                form.act().equals(ActOffer.FORCE) ? left(transaction, texts) : List.of(),
                preview,
                new TreeMap<>(bound.query().with("reason", "").with("lang", "").values()),
                mayDo,
                bound.command(),
                form.get("reason"),
                error,
                now,
                texts);
    }

    /** Tells whether it ends the transaction, whatever was done. */
    public boolean isForced() {
        return act.equals(ActOffer.FORCE);
    }

    /** Returns the branches of a transaction that ends as it is: what was done, what may have been, and the rest. */
    private static List<Left> left(Transaction transaction, Texts texts) {
        Map<String, List<BranchStatus>> groups = transaction.getBranchesList().stream()
                .collect(Collectors.groupingBy(ActPage::fate, TreeMap::new, Collectors.toList()));
        return groups.entrySet().stream()
                .map(group -> new Left(
                        texts.of(group.getKey()),
                        group.getValue().stream().limit(MOST_NAMED).toList(),
                        Math.max(0, group.getValue().size() - MOST_NAMED)))
                .toList();
    }

    private static String fate(BranchStatus branch) {
        return switch (branch.getState()) {
            case CONFIRMED -> "force.done";
            // An undo or a completion of it that has no answer may have happened, too.
            case DONE -> UNANSWERED.contains(branch.getLastOutcome()) ? "force.unknown" : "force.done";
            case RESOLVED -> COMPLETIONS.contains(branch.getCurrentOp()) ? "force.done" : "force.undone";
            case CALLED, FAILED -> "force.unknown";
            case PENDING, AWAITING_APPROVAL, REJECTED, UNDONE, SKIPPED, STATE_UNSPECIFIED, UNRECOGNIZED ->
                "force.undone";
        };
    }

    /** Returns how a branch stands. */
    public Badge badge(BranchStatus branch) {
        return Badge.of(branch, texts);
    }

    /** Returns the state of a transaction. */
    public Badge badge(Transaction one) {
        return Badge.of(one, texts);
    }

    /** Returns a text of the API, harmless. */
    public String visible(String text) {
        return VisibleText.of(text);
    }

    /** Returns what a preview foretells, in a sentence. */
    public String summary(ActPreview foretold) {
        return visible(PreviewSentence.of(foretold, texts.words().inWords()));
    }

    /** Returns when it goes on by itself. */
    public Moment next(ActPreview foretold) {
        return Moment.of(foretold.getNextTime(), now, texts);
    }

    /** Returns calls in words. */
    public List<String> calls(List<ActPreview.Call> calls) {
        return calls.stream()
                .map(call -> texts.of(
                                call.getAttempt() > 0 ? "preview.call" : "preview.call.dead",
                                VisibleText.of(call.getBranch()),
                                call.getOp(),
                                call.getAttempt(),
                                VisibleText.of(call.getTarget()))
                        + (call.getIfItsTurn() ? " " + texts.of("preview.its-turn") : ""))
                .toList();
    }

    private static List<Choice> choices(ActForm form, Transaction transaction, Texts texts) {
        return switch (form.act()) {
            case "force-finish" -> List.of(choice("as", form, List.of("SUCCEEDED", "ABORTED"), texts));
            case "resolve" ->
                List.of(
                        choice(
                                "branch",
                                form,
                                transaction.getBranchesList().stream()
                                        .map(BranchStatus::getId)
                                        .toList(),
                                texts),
                        choice("op", form, OPERATIONS.getOrDefault(transaction.getPattern(), List.of()), texts),
                        choice("as", form, List.of("done", "undone", "never-happened"), texts));
            default -> List.of();
        };
    }

    private static Choice choice(String name, ActForm form, List<String> values, Texts texts) {
        return new Choice(
                name,
                texts.of("act.choice." + (name.equals("as") ? form.act() : name)),
                values.stream()
                        .map(value -> new TransactionsPage.Choice(
                                value,
                                name.equals("as") ? texts.of("act.as." + value) : value,
                                value.equals(form.get(name))))
                        .toList());
    }
}
