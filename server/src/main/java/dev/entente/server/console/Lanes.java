package dev.entente.server.console;

import dev.entente.core.transaction.VisibleText;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The lanes that stand still: to one receiver, messages with one ordering key behind the first that has not arrived.
 *
 * @param notes on how far was looked, and what is left out
 * @param next the link that looks further; empty for none
 */
public record Lanes(Part<List<Lane>> lanes, List<String> notes, String next) {
    /** Messages of one look. */
    static final int SIZE = 100;
    /** Lanes on a page: the first message of each is asked for. */
    private static final int MOST = 30;

    private static final int MOST_NAMED = 5;

    /**
     * One lane.
     *
     * @param receiver the method, path or topic of a broker that it goes to
     * @param head the message that it waits for, and its delivery to this receiver
     * @param state of the head; null where it is not known
     * @param why the head has not arrived, in a sentence, or why that is not known
     * @param since when the head waits; null where it is not known
     * @param behind the first messages that wait, with their deliveries
     * @param more how many others of this look do
     * @param acts links to what may be done to the head; empty where nothing may
     */
    public record Lane(
            String receiver,
            Delivery head,
            @Nullable Badge state,
            String why,
            @Nullable Moment since,
            List<Delivery> behind,
            int more,
            List<Frame.Link> acts) {}

    /** A message, and its delivery to a receiver; that is empty where it is not known. */
    public record Delivery(String gid, String branch, String href) {
        static Delivery of(String gid, String branch) {
            return new Delivery(gid, branch, TransactionRow.href(gid));
        }
    }

    /** The receiver of a lane: two subscribers of a topic may have one target. */
    private record Place(String head, String target, String subscriber) {
        static Place of(String head, BranchStatus branch) {
            int dot = branch.getId().indexOf('.');
            return new Place(
                    head, branch.getTarget(), dot < 0 ? "" : branch.getId().substring(dot));
        }
    }

    /** @param heads finds the messages of these gids */
    static Lanes of(
            Part<ListTransactionsResponse> listed,
            String next,
            Function<List<String>, Map<String, Part<Transaction>>> heads,
            Frame frame) {
        ListTransactionsResponse page = listed.value();
        Part<List<Lane>> lanes = listed.map(found -> lanes(found.getTransactionsList(), heads, frame));
        List<String> notes = new ArrayList<>();
        if (page != null && !next.isEmpty()) {
            notes.add(frame.t("list.looked-at", page.getLookedAt()));
        }
        if (lanes.value() != null && lanes.value().size() == MOST) {
            notes.add(frame.t("topics.most", MOST));
        }
        return new Lanes(lanes, List.copyOf(notes), next);
    }

    private static List<Lane> lanes(
            List<Transaction> messages, Function<List<String>, Map<String, Part<Transaction>>> heads, Frame frame) {
        Map<Place, List<Delivery>> behind = new LinkedHashMap<>();
        for (Transaction message : messages) {
            for (BranchStatus branch : message.getBranchesList()) {
                Place place = Place.of(branch.getBlockedBy(), branch);
                if (!place.head().isEmpty() && (behind.containsKey(place) || behind.size() < MOST)) {
                    behind.computeIfAbsent(place, _ -> new ArrayList<>())
                            .add(Delivery.of(message.getGid(), branch.getId()));
                }
            }
        }
        Map<String, Part<Transaction>> found =
                heads.apply(behind.keySet().stream().map(Place::head).distinct().toList());
        return behind.entrySet().stream()
                .map(lane -> lane(lane.getKey(), found.get(lane.getKey().head()), lane.getValue(), frame))
                .toList();
    }

    private static Lane lane(Place place, @Nullable Part<Transaction> found, List<Delivery> behind, Frame frame) {
        Transaction head = found == null ? null : found.value();
        String branch = head == null
                ? ""
                : head.getBranchesList().stream()
                        .filter(one -> Place.of(place.head(), one).equals(place))
                        .map(BranchStatus::getId)
                        .findFirst()
                        .orElse("");
        return new Lane(
                VisibleText.of(place.target()),
                Delivery.of(place.head(), branch),
                head == null ? null : Badge.of(head, frame.texts()),
                head == null ? (found == null ? "" : found.error()) : why(head, frame),
                head != null && head.getWaiting().hasSince()
                        ? Moment.of(head.getWaiting().getSince(), frame.now(), frame.texts())
                        : null,
                behind.stream().limit(MOST_NAMED).toList(),
                Math.max(0, behind.size() - MOST_NAMED),
                head == null || !frame.mayOperate()
                        ? List.of()
                        : acts(head).stream()
                                .map(act -> ActOffer.link(act, place.head(), "", frame))
                                .toList());
    }

    private static String why(Transaction head, Frame frame) {
        return head.getTerminal() ? frame.t("topics.ended") : TransactionRow.waiting(head, frame.texts());
    }

    /** Returns what helps a lane on: an act on its head. */
    private static List<String> acts(Transaction head) {
        if (head.getTerminal()) {
            return List.of();
        } else if (head.getState() == Transaction.State.BEGUN) {
            return List.of("retry", "abort");
        } else if (head.hasParked()) {
            return head.getParked().hasByOperator() ? List.of("resume", "skip") : List.of("retry", "skip");
        }
        return head.getWaiting().getKind() == Waiting.Kind.CALLING ? List.of() : List.of("retry");
    }
}
