package dev.entente.faults.load;

import dev.entente.client.Entente;
import dev.entente.client.Message;
import dev.entente.client.Notification;
import dev.entente.client.Saga;
import dev.entente.client.Step;
import dev.entente.client.Tcc;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.load.Workload.Transfer;
import dev.entente.faults.machine.Ledger;
import java.util.List;
import java.util.Random;
import torture.v1.MoveRequest;

/** The part of the load that is called over HTTP, or half of it. Used by one thread. */
final class WebJobs {
    private final Fleet fleet;
    private final Random random;

    WebJobs(Fleet fleet, Random random) {
        this.fleet = fleet;
        this.random = random;
    }

    private WebMoves moves(Entente entente, String ledger, long cents, MoveRequest.Builder trouble) {
        return new WebMoves(entente.participant(Ledger.web(ledger)), Workload.request(random, cents, trouble));
    }

    private MoveRequest.Builder trouble() {
        return Workload.trouble(random);
    }

    /** Nobody may refuse what is delivered, but answers may be lost. */
    private MoveRequest.Builder forgetful() {
        return trouble().setLoseAnswers(random.nextInt(2));
    }

    /** Debit and credit, one of which may be refused; each receipt is carried on. */
    Job saga(Transfer transfer) {
        Entente entente = fleet.get(0);
        Saga saga = Workload.usual(entente.saga("web-transfer"), transfer.gid());
        WebMoves out = moves(entente, transfer.from(), -transfer.cents(), forgetful());
        Step<String> debited = saga.step("debit", out.move()).compensateWith(out::back);
        WebMoves in = moves(
                entente,
                transfer.to(),
                transfer.cents(),
                trouble().setReject(random.nextInt(3) == 0 ? "NOT_TODAY" : ""));
        Step<String> credited = saga.step("credit", in.move(debited.response())).compensateWith(in.back());
        saga.result(credited);
        return Job.of(Workload.pair(transfer, Pattern.SAGA, "debit"), saga.toProto(), Job.Then.NOTHING);
    }

    /** The debit over HTTP, the credit over gRPC. */
    Job tcc(Transfer transfer) {
        Entente entente = fleet.get(0);
        Tcc tcc = Workload.usual(entente.tcc("web-transfer"), transfer.gid()).deadline(Workload.LIFE);
        WebMoves out = moves(entente, transfer.from(), -transfer.cents(), forgetful());
        Moves in = new Moves(
                entente.participant(transfer.to()),
                Workload.request(
                        random, transfer.cents(), trouble().setReject(random.nextInt(3) == 0 ? "NOT_TODAY" : "")));
        tcc.branch("debit", out.move(), out.back(), out.back()).branch("credit", in.move(), in::back, in.back());
        Shape shape = new Shape(
                transfer.gid(),
                Pattern.TCC,
                List.of(
                        new BranchShape("debit", -transfer.cents(), true, null),
                        new BranchShape("credit", transfer.cents(), true, "credit")));
        return Job.of(shape, tcc.toProto(), Job.Then.NOTHING);
    }

    /** One delivery each way. */
    Job message(Transfer transfer) {
        Entente entente = fleet.get(0);
        Message message = Workload.usual(entente.message("web-moved"), transfer.gid())
                .to(moves(entente, transfer.to(), transfer.cents(), forgetful()).move())
                .to(new Moves(
                                entente.participant(transfer.from()),
                                Workload.request(random, -transfer.cents(), forgetful()))
                        .move());
        Shape shape = new Shape(
                transfer.gid(),
                Pattern.MESSAGE,
                List.of(
                        new BranchShape("delivery-1", transfer.cents(), false, null),
                        new BranchShape("delivery-2", -transfer.cents(), false, null)));
        return Job.of(shape, message.toProto(), Job.Then.NOTHING);
    }

    /** Heard sooner or later. */
    Job notification(Transfer transfer) {
        Entente entente = fleet.get(0);
        Notification notification = Workload.usual(entente.notification("web-told"), transfer.gid())
                .deliver(moves(entente, transfer.to(), 0, forgetful()).move());
        Shape shape =
                new Shape(transfer.gid(), Pattern.NOTIFICATION, List.of(new BranchShape("deliver", 0, false, null)));
        return Job.of(shape, notification.toProto(), Job.Then.NOTHING);
    }
}
