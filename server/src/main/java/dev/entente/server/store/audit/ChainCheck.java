package dev.entente.server.store.audit;

import com.google.protobuf.ByteString;
import dev.entente.server.store.AuditRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Follows chains link by link and finds where they do not hold. Pure; for one thread. */
final class ChainCheck {
    private static final Pattern CHAIN = Pattern.compile("incarnation ([0-9]{1,19})");
    private static final Pattern END = Pattern.compile("seq ([0-9]{1,19}) hash ([0-9a-f]{64})");

    /** A chain as it was read. */
    private static final class Chain {
        private final ChainLink first;
        private ChainLink last;

        private Chain(ChainLink first) {
            this.first = first;
            this.last = first;
        }
    }

    /** An entry that says where a chain was closed, or up to where it was pruned. */
    private record Marker(boolean isClosing, long incarnation, long seq, String hash) {}

    private final List<AuditVerdict.Finding> findings = new ArrayList<>();
    private final Map<Long, Chain> chains = new TreeMap<>();
    private final List<Marker> markers = new ArrayList<>();
    private final List<AuditVerdict.Anchor> anchors;
    private final List<AuditVerdict.Anchor> met = new ArrayList<>();
    private long links;
    private long more;

    ChainCheck(List<AuditVerdict.Anchor> anchors) {
        this.anchors = List.copyOf(anchors);
    }

    /**
     * Takes the next link, by incarnation and sequence number.
     *
     * @param at null where the entry is not there
     */
    void link(ChainLink link, long id, @Nullable Instant at, @Nullable AuditRecord entry) {
        links++;
        Chain chain = chains.get(link.incarnation());
        if (chain == null) {
            chains.put(link.incarnation(), new Chain(link));
        } else {
            follow(chain, link);
        }
        meet(link);
        if (at == null || entry == null) {
            find(AuditVerdict.Kind.DELETED, link.incarnation(), link.seq(), "the entry " + id + " is not there");
        } else if (!ChainLink.hash(link.incarnation(), link.seq(), link.prev(), id, at, entry)
                .equals(link.hash())) {
            find(
                    AuditVerdict.Kind.CHANGED,
                    link.incarnation(),
                    link.seq(),
                    "the entry " + id + " is not what was chained");
        } else {
            mark(entry);
        }
    }

    private void follow(Chain chain, ChainLink link) {
        ChainLink before = chain.last;
        chain.last = link;
        if (link.seq() != before.seq() + 1) {
            find(
                    AuditVerdict.Kind.DELETED,
                    link.incarnation(),
                    before.seq() + 1,
                    "the links up to " + (link.seq() - 1) + " are not there");
        } else if (!link.prev().equals(before.hash())) {
            find(AuditVerdict.Kind.CHANGED, link.incarnation(), link.seq(), "it does not follow the link before");
        }
    }

    private void meet(ChainLink link) {
        for (AuditVerdict.Anchor anchor : anchors) {
            if (anchor.incarnation() == link.incarnation() && anchor.seq() == link.seq()) {
                met.add(anchor);
                if (!anchor.hash().equals(link.hex())) {
                    find(AuditVerdict.Kind.ANCHOR, link.incarnation(), link.seq(), "its hash is not the anchor's");
                }
            }
        }
    }

    private void mark(AuditRecord entry) {
        boolean isClosing = entry.act().equals(AuditChain.CLOSED);
        if (!entry.actor().equals(AuditTrail.SELF)
                || (!isClosing && !entry.act().equals(AuditChain.PRUNED))) {
            return;
        }
        Matcher chain = CHAIN.matcher(entry.before());
        Matcher end = END.matcher(entry.after());
        if (chain.matches() && end.matches()) {
            markers.add(
                    new Marker(isClosing, Long.parseLong(chain.group(1)), Long.parseLong(end.group(1)), end.group(2)));
        }
    }

    /** Ends the check. */
    AuditVerdict verdict(long unchained) {
        chains.forEach((_, chain) -> checkBeginning(chain.first));
        markers.stream().filter(Marker::isClosing).forEach(this::checkEnd);
        anchors.stream()
                .filter(anchor -> !met.contains(anchor) && !isPruned(anchor.incarnation(), anchor.seq()))
                .forEach(anchor -> find(
                        AuditVerdict.Kind.ANCHOR,
                        anchor.incarnation(),
                        anchor.seq(),
                        "the anchored link is not there"));
        List<AuditVerdict.Head> heads = chains.values().stream()
                .map(chain -> new AuditVerdict.Head(
                        new AuditVerdict.Anchor(chain.last.incarnation(), chain.last.seq(), chain.last.hex()),
                        markers.stream()
                                .anyMatch(each -> each.isClosing() && each.incarnation() == chain.last.incarnation())))
                .toList();
        return new AuditVerdict(links, unchained, List.copyOf(findings), more, heads);
    }

    private void checkBeginning(ChainLink first) {
        boolean isWhole = first.seq() == 1 && first.prev().equals(ChainLink.GENESIS);
        String prev = hex(first.prev());
        if (!isWhole
                && markers.stream()
                        .noneMatch(each -> !each.isClosing()
                                && each.incarnation() == first.incarnation()
                                && each.seq() == first.seq() - 1
                                && each.hash().equals(prev))) {
            find(
                    AuditVerdict.Kind.DELETED,
                    first.incarnation(),
                    1,
                    "the links before " + first.seq() + " are not there, and no entry says that they were pruned");
        }
    }

    private void checkEnd(Marker closing) {
        Chain chain = chains.get(closing.incarnation());
        if (chain == null ? !isPruned(closing.incarnation(), closing.seq()) : chain.last.seq() < closing.seq()) {
            find(
                    AuditVerdict.Kind.TRUNCATED,
                    closing.incarnation(),
                    chain == null ? 1 : chain.last.seq() + 1,
                    "it was closed at " + closing.seq() + ", and its last links are not there");
        } else if (chain != null
                && (chain.last.seq() > closing.seq() || !chain.last.hex().equals(closing.hash()))) {
            find(
                    AuditVerdict.Kind.CHANGED,
                    closing.incarnation(),
                    closing.seq(),
                    "it does not end as it did when it was closed");
        }
    }

    private boolean isPruned(long incarnation, long seq) {
        return markers.stream()
                .anyMatch(each -> !each.isClosing() && each.incarnation() == incarnation && each.seq() >= seq);
    }

    private static String hex(ByteString hash) {
        return HexFormat.of().formatHex(hash.toByteArray());
    }

    private void find(AuditVerdict.Kind kind, long incarnation, long seq, String detail) {
        if (findings.size() < AuditVerdict.MOST_FINDINGS) {
            findings.add(new AuditVerdict.Finding(kind, incarnation, seq, detail));
        } else {
            more++;
        }
    }
}
