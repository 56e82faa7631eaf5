package dev.entente.server.console;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.codec.wording.PreviewSentence;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Badge;
import dev.entente.server.console.part.PagePaths;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The page of an operation: its preview and its form.
 *
 * @param form the values of the URL or of the form
 * @param preview null if a value is missing, or if the operation has no preview
 * @param tried the error of the submitted form or of the preview; has no error otherwise
 */
public record OperationPage(
        OperationForm form,
        Transaction transaction,
        @Nullable OperationPreview preview,
        ApiResult<?> tried,
        Texts texts) {
    private static final Set<String> COMPLETIONS = Set.of("confirm", "pre_commit", "commit");
    private static final Set<Call.Outcome> UNANSWERED = Set.of(Call.Outcome.UNKNOWN, Call.Outcome.IN_PROGRESS);
    private static final int MAX_NAMED = 64;
    private static final int MAX_IN_SENTENCE = 8;

    /**
     * Branches that a forced finish leaves with the same result.
     *
     * @param more the number of branches that are not listed
     */
    public record Left(String title, List<BranchStatus> branches, int more) {}

    /**
     * A choice between several values.
     *
     * @param said the chosen value; empty for none
     */
    public record Choice(String name, String label, List<TransactionsPage.Choice> values, String said) {
        public boolean isOpen() {
            return values.stream().noneMatch(TransactionsPage.Choice::isChosen);
        }
    }

    public record Change(String branch, Badge before, Badge after) {}

    /** Returns the operation, bound to the revision and the fence of this page. */
    public OperationForm bound() {
        return preview == null
                ? form.at(transaction.getRevision(), 0)
                : form.at(preview.getRevision(), preview.getFence());
    }

    /** Returns the form's fields other than the reason. */
    public Map<String, String> fixed() {
        return new TreeMap<>(bound().query().with("reason", "").with("lang", "").values());
    }

    /** Returns whether the page has a form. */
    public boolean mayDo() {
        return preview == null
                ? form.act().equals("resend") && transaction.getState() == Transaction.State.GIVEN_UP
                : !preview.hasRefused();
    }

    /** Returns the question of the approval; empty for none. */
    public String prompt() {
        return VisibleText.of(ApprovalsPage.approval(transaction, form.branch()).getPrompt());
    }

    /** Returns the operation's meaning. Only the command line can state a response; here the response is empty. */
    public String meaning() {
        boolean isOfForward = form.act().equals("resolve") && transaction.getState() == Transaction.State.RUNNING;
        boolean mayBeRead = transaction.getPattern() == Pattern.SAGA || transaction.getPattern() == Pattern.TCC;
        return texts.of("operation." + form.act() + ".meaning")
                + (isOfForward && mayBeRead && form.get("as").matches("|done")
                        ? " " + texts.of("resolve.response")
                        : "");
    }

    /** Returns the branches that a forced finish leaves: done, possibly done, and the rest. */
    public List<Left> left() {
        Map<String, List<BranchStatus>> groups = transaction.getBranchesList().stream()
                .filter(_ -> form.isForced())
                .collect(Collectors.groupingBy(OperationPage::fate, TreeMap::new, Collectors.toList()));
        return groups.entrySet().stream()
                .map(group -> new Left(
                        texts.of(group.getKey()),
                        group.getValue().stream().limit(MAX_NAMED).toList(),
                        Math.max(0, group.getValue().size() - MAX_NAMED)))
                .toList();
    }

    /** Returns one sentence with the state that clients will see and the branches that contradict it; or nothing. */
    public String contradiction() {
        String as = form.get("as");
        String contrary = as.equals("SUCCEEDED") ? "force.undone" : "force.done";
        List<String> ids = transaction.getBranchesList().stream()
                .filter(branch -> fate(branch).equals(contrary))
                .map(BranchStatus::getId)
                .toList();
        if (!form.isForced() || as.isEmpty() || ids.isEmpty()) {
            return "";
        }
        String names = ids.stream().limit(MAX_IN_SENTENCE).collect(Collectors.joining(", "));
        int more = ids.size() - MAX_IN_SENTENCE;
        return texts.of("force.seen." + as, more > 0 ? texts.of("branch.and-more", names, more) : names);
    }

    private static String fate(BranchStatus branch) {
        return switch (branch.getState()) {
            case CONFIRMED -> "force.done";
            // An undo or a completion without a response may have happened, too.
            case DONE -> UNANSWERED.contains(branch.getLastOutcome()) ? "force.unknown" : "force.done";
            case RESOLVED -> COMPLETIONS.contains(branch.getCurrentOp()) ? "force.done" : "force.undone";
            case CALLED, FAILED -> "force.unknown";
            case PENDING, AWAITING_APPROVAL, REJECTED, UNDONE, SKIPPED, STATE_UNSPECIFIED, UNRECOGNIZED ->
                "force.undone";
        };
    }

    public String summary(OperationPreview previewed) {
        return VisibleText.of(PreviewSentence.of(previewed, texts.words().inWords()));
    }

    public List<String> calls(List<OperationPreview.Call> calls) {
        return calls.stream()
                .map(call -> texts.of(
                                call.getAttempt() > 0 ? "preview.call" : "preview.call.dead",
                                VisibleText.of(call.getBranch()),
                                call.getOp(),
                                call.getAttempt(),
                                VisibleText.of(call.getTarget()))
                        + (call.getIfFirstInQueue() ? " " + texts.of("preview.its-turn") : ""))
                .toList();
    }

    /** Returns the branches with a changed state, and the branch of the operation. */
    public List<Change> changes(OperationPreview previewed) {
        int count = previewed.getDeferred() ? 0 : previewed.getAfter().getBranchesCount();
        return IntStream.range(0, Math.min(count, previewed.getBefore().getBranchesCount()))
                .mapToObj(i -> new Change(
                        VisibleText.of(previewed.getAfter().getBranches(i).getId()),
                        Badge.of(previewed.getBefore().getBranches(i), texts),
                        Badge.of(previewed.getAfter().getBranches(i), texts)))
                .filter(one -> !one.before().equals(one.after()) || one.branch().equals(form.branch()))
                .limit(MAX_NAMED)
                .toList();
    }

    /** Returns whether all values are chosen. The page then shows the values, and the form does what was previewed. */
    public boolean isChosen() {
        return choices().stream().noneMatch(choice -> choice.said().isEmpty());
    }

    /** Returns the link to choose again; empty if there is no choice. */
    public String again() {
        boolean isOpen = choices().stream().anyMatch(choice -> choice.values().size() > 1 || choice.isOpen());
        Query again =
                Query.NONE.with("gid", form.gid()).with("operation", form.act()).with(Resolvable.CHOOSE, "1");
        return isOpen ? again.link(PagePaths.OPERATION) : "";
    }

    /** Returns the choices that the user must make first; empty for none. */
    public List<Choice> choices() {
        String named = texts.of("operation.choice." + form.act());
        if (form.isForced()) {
            return List.of(choice("as", named, List.of("SUCCEEDED", "ABORTED"), as -> texts.of("operation.as." + as)));
        }
        Map<String, BranchStatus> open = new LinkedHashMap<>();
        Resolvable.branches(transaction).forEach(branch -> open.put(branch.getId(), branch));
        if (!form.act().equals("resolve") || (open.isEmpty() && form.branch().isEmpty())) {
            return List.of();
        }
        String of = transaction.getState() == Transaction.State.UNDOING ? ".undo" : "";
        return List.of(
                choice("branch", texts.of("operation.choice.branch"), List.copyOf(open.keySet()), id -> {
                    BranchStatus branch = open.getOrDefault(id, BranchStatus.getDefaultInstance());
                    String state = Badge.of(branch, texts).text();
                    return texts.of("operation.choice.one", id, branch.getCurrentOp(), state);
                }),
                choice(
                        "as",
                        named,
                        Resolvable.truths(transaction, form.get("op")),
                        as -> texts.of("operation.as." + as + of)));
    }

    private Choice choice(String name, String label, List<String> values, UnaryOperator<String> words) {
        String said = form.get(name);
        return new Choice(
                name,
                label,
                values.stream()
                        .map(value -> new TransactionsPage.Choice(value, words.apply(value), value.equals(said)))
                        .toList(),
                values.contains(said) ? words.apply(said) : said);
    }
}
