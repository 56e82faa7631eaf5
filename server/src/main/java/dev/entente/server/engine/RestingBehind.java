package dev.entente.server.engine;

import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Messages that were put to rest here behind another one of their lane. They are claimed as soon as that one's delivery
 * has ended here, and do not wait until their rows are due. Bounded, and lost with the process: what is not known here
 * looks when its row is due. Thread-safe.
 */
public final class RestingBehind {
    static final int MOST = 10_000;

    /** By the gid of the message ahead: those behind it, with the branch of that message for whose end each waits. */
    private final Map<String, Map<String, String>> behind = new LinkedHashMap<>();

    private final Set<String> woken = new LinkedHashSet<>();

    /** Notes that a message goes to rest behind that delivery. The longest noted are forgotten first. */
    synchronized void rests(String gid, String aheadGid, String aheadBranch) {
        behind.computeIfAbsent(aheadGid, _ -> new HashMap<>()).put(gid, aheadBranch);
        if (behind.size() > MOST) {
            Iterator<String> oldest = behind.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** Wakes those behind deliveries of a message that have ended. */
    synchronized void moved(GlobalTransaction ahead) {
        Map<String, String> waiting = behind.get(ahead.gid());
        if (waiting == null) {
            return;
        }
        waiting.entrySet().removeIf(each -> {
            boolean isWoken = hasEnded(ahead, each.getValue());
            if (isWoken && woken.size() < MOST) {
                woken.add(each.getKey());
            }
            return isWoken;
        });
        if (waiting.isEmpty()) {
            behind.remove(ahead.gid());
        }
    }

    private static boolean hasEnded(GlobalTransaction ahead, String branch) {
        int index = ahead.plan().indexOf(branch);
        if (index < 0 || ahead.state().isTerminal()) {
            return true;
        }
        BranchProgress delivery = ahead.progress().branch(index);
        return delivery.state() == BranchState.DONE || delivery.state() == BranchState.SKIPPED;
    }

    /** Takes up to so many gids of those that were woken, the first ones first. */
    public synchronized List<String> take(int limit) {
        List<String> taken = new ArrayList<>();
        Iterator<String> first = woken.iterator();
        while (first.hasNext() && taken.size() < limit) {
            taken.add(first.next());
            first.remove();
        }
        return taken;
    }
}
