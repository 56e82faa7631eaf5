package dev.entente.lab.crash;

import dev.entente.client.Outcome;
import dev.entente.lab.judge.Books;
import dev.entente.lab.judge.Claim;
import dev.entente.lab.judge.Invariant;
import dev.entente.lab.judge.Judge;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.lab.judge.Verdict;
import dev.entente.lab.machine.Database;
import dev.entente.lab.machine.StoredTransactions;
import dev.entente.lab.machine.StoredTransactions.Stored;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What became of the load, by three witnesses: what clients were told, what the coordinator's table holds, what the participants' ledgers hold.
 *
 * @param accepted jobs whose client was told that they are durable
 * @param claims of every job that the coordinator has, or must have
 * @param broken sentences beyond the verdict's: told otherwise, books that do not balance
 * @param toldOtherwise how many clients were told an end that is not the stored one
 * @param parked each that stands parked, and why
 */
record Reckoning(
        long accepted,
        List<Claim> claims,
        Verdict verdict,
        List<String> broken,
        long toldOtherwise,
        List<String> parked) {

    /** Reads all databases. Blocks. */
    static Reckoning of(List<Job> jobs, Database database, Books books) throws SQLException {
        StoredTransactions stored = StoredTransactions.read(database, Workload.GIDS);
        List<Claim> claims = new ArrayList<>();
        List<String> broken = new ArrayList<>();
        List<String> parked = new ArrayList<>();
        for (Job job : jobs) {
            Optional<Stored> found = stored.find(job.gid());
            if (job.isAccepted() || found.isPresent()) {
                claims.add(new Claim(job.gid(), job.isTcc(), job.branches(), end(found)));
            }
            contradiction(job, end(found)).ifPresent(broken::add);
            found.map(Stored::parked).ifPresent(why -> parked.add(job.gid() + ": " + why));
        }
        long toldOtherwise = broken.size();
        new ShopInvariants(books)
                .all().stream()
                        .filter(invariant -> !invariant.holds())
                        .map(Invariant::name)
                        .forEach(broken::add);
        long accepted = jobs.stream().filter(Job::isAccepted).count();
        Verdict verdict = Judge.of(claims, books.effects(Workload.GIDS));
        return new Reckoning(accepted, claims, verdict, broken, toldOtherwise, parked);
    }

    private static Claim.End end(Optional<Stored> found) {
        if (found.isEmpty()) {
            return Claim.End.LOST;
        }
        return switch (found.get().state()) {
            case SUCCEEDED -> Claim.End.SUCCEEDED;
            case ABORTED -> Claim.End.ABORTED;
            default -> found.get().parked() != null ? Claim.End.PARKED : Claim.End.LOST;
        };
    }

    /** A client that was told an end must have been told the one that stands. */
    private static Optional<String> contradiction(Job job, Claim.End stored) {
        Claim.End told = switch (job.answer()) {
            case Outcome.Succeeded _ -> Claim.End.SUCCEEDED;
            case Outcome.Aborted _ -> Claim.End.ABORTED;
            case Outcome.Pending _ -> stored;
            case null -> stored;
        };
        return told == stored
                ? Optional.empty()
                : Optional.of(
                        job.gid() + ": its client was told " + told + ", but the coordinator's table says " + stored);
    }

    long ended(Claim.End end) {
        return claims.stream().filter(claim -> claim.end() == end).count();
    }
}
