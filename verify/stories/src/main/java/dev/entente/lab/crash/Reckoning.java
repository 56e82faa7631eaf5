package dev.entente.lab.crash;

import dev.entente.client.Outcome;
import dev.entente.lab.judge.Books;
import dev.entente.lab.judge.Claim;
import dev.entente.lab.judge.Invariant;
import dev.entente.lab.judge.LedgerJudge;
import dev.entente.lab.judge.LedgerVerdict;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.StoredTransactions;
import dev.entente.rig.StoredTransactions.Stored;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The result of a load by three witnesses: the clients' answers, the coordinator's table and the participants' ledgers.
 *
 * @param accepted jobs whose client was told that they are durable
 * @param claims of every job that the coordinator has, or must have, and of what followed from them
 * @param broken sentences beyond the verdict's: told otherwise, clients that failed
 * @param toldOtherwise how many clients were told an end that is not the stored one
 * @param parked each that stands parked, and why
 * @param invariants the workload's own
 */
public record Reckoning(
        long accepted,
        List<Claim> claims,
        LedgerVerdict verdict,
        List<String> broken,
        long toldOtherwise,
        List<String> parked,
        List<Invariant> invariants) {

    /** Reads all databases. Blocks. */
    public static Reckoning of(CrashLoad load, EmbeddedDatabase database) throws Exception {
        CrashWorkload workload = load.workload();
        Books books = new Books(database);
        StoredTransactions stored = StoredTransactions.read(database, workload.gids());
        List<Claim> claims = new ArrayList<>();
        List<String> broken = new ArrayList<>();
        List<String> parked = new ArrayList<>();
        for (CrashJob job : load.jobs()) {
            Optional<Stored> found = stored.find(job.gid());
            if (job.isAccepted() || found.isPresent()) {
                claims.add(new Claim(job.gid(), job.pattern(), job.branches(), end(found)));
            }
            contradiction(job, end(found)).ifPresent(broken::add);
            found.map(Stored::parked).ifPresent(why -> parked.add(job.gid() + ": " + why));
        }
        for (Claim consequence : workload.consequences(stored)) {
            claims.add(consequence);
            stored.find(consequence.gid())
                    .map(Stored::parked)
                    .ifPresent(why -> parked.add(consequence.gid() + ": " + why));
        }
        long toldOtherwise = broken.size();
        broken.addAll(load.failures());
        long accepted = load.jobs().stream().filter(CrashJob::isAccepted).count();
        LedgerVerdict verdict = LedgerJudge.of(claims, books.effects(workload.gids()));
        return new Reckoning(accepted, claims, verdict, broken, toldOtherwise, parked, workload.invariants(books));
    }

    private static Claim.End end(Optional<Stored> found) {
        return found.map(stored -> Claim.End.of(stored.state(), stored.parked() != null))
                .orElse(Claim.End.LOST);
    }

    /** A client that was told an end must have been told the one that stands. */
    private static Optional<String> contradiction(CrashJob job, Claim.End stored) {
        Outcome answer = job.answer();
        if (answer == null || !answer.transaction().getTerminal()) {
            return Optional.empty();
        }
        Claim.End told = Claim.End.of(answer.transaction().getState(), false);
        return told == stored
                ? Optional.empty()
                : Optional.of(
                        job.gid() + ": its client was told " + told + ", but the coordinator's table says " + stored);
    }

    /** Ends that are not those of the ledgers, or not those that a client was told. */
    public long contradictions() {
        return verdict.contradictions() + toldOtherwise;
    }

    /** How many ended so. */
    public long ended(Claim.End end) {
        return claims.stream().filter(claim -> claim.end() == end).count();
    }
}
