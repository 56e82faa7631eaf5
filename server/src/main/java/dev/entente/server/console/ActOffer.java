package dev.entente.server.console;

import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An act on a transaction, as its page offers it.
 *
 * @param label with the branch, where it is about one
 * @param href of the page that shows what it would do, and does it
 * @param command the line that does the same
 * @param refusal why it is not possible now; empty where it is
 * @param isForced whether it ends the transaction, whatever was done
 */
public record ActOffer(String label, String meaning, String href, String command, String refusal, boolean isForced) {
    static final String FORCE = "force-finish";

    private static final int MOST_APPROVALS = 8;

    public boolean isPossible() {
        return refusal.isEmpty();
    }

    /** Returns whatever may apply to such a transaction: what a person is asked for first. */
    static List<ActForm> forms(Transaction transaction) {
        String gid = transaction.getGid();
        List<ActForm> forms = new ArrayList<>();
        if (transaction.getTerminal()) {
            if (transaction.getState() == Transaction.State.GIVEN_UP) {
                forms.add(form(gid, "resend", ""));
            }
            return forms;
        }
        transaction.getBranchesList().stream()
                .filter(branch -> branch.getState() == BranchStatus.State.AWAITING_APPROVAL)
                .limit(MOST_APPROVALS)
                .forEach(branch -> {
                    forms.add(form(gid, "approve", branch.getId()));
                    forms.add(form(gid, "reject", branch.getId()));
                });
        boolean isMessage = transaction.getPattern() == Pattern.MESSAGE;
        for (String act : List.of("retry", "resume", "park", "skip", "abort", "resolve", FORCE)) {
            if (isMessage || !act.equals("skip")) {
                forms.add(form(gid, act, ""));
            }
        }
        return forms;
    }

    private static ActForm form(String gid, String act, String branch) {
        return new ActForm(Query.NONE.with("gid", gid).with("act", act).with("branch", branch));
    }

    static Frame.Link link(String act, String gid, String branch, Frame frame) {
        return new Frame.Link(
                frame.t("act." + act), form(gid, act, branch).query().link("transaction/act"), false);
    }

    /** @param refusals why an act is not possible now; one that is not in it is possible */
    static List<ActOffer> of(Transaction transaction, Map<ActForm, String> refusals, Texts texts) {
        return forms(transaction).stream()
                .map(form -> {
                    String name = texts.of("act." + form.act());
                    return new ActOffer(
                            form.branch().isEmpty() ? name : texts.of("act.of", name, form.branch()),
                            texts.of("act." + form.act() + ".meaning"),
                            form.query().link("transaction/act"),
                            form.at(transaction.getRevision(), 0).command(),
                            refusals.getOrDefault(form, ""),
                            form.act().equals(FORCE));
                })
                .toList();
    }
}
