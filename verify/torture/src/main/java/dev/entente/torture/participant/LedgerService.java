package dev.entente.torture.participant;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import torture.v1.Behaviour;
import torture.v1.LedgerServiceGrpc;
import torture.v1.MoveRequest;
import torture.v1.MoveResponse;

/** The ledger's calls over gRPC. Thread-safe. */
final class LedgerService extends LedgerServiceGrpc.LedgerServiceImplBase {
    private final LedgerCalls ledgerCalls;
    private final Bank bank;

    LedgerService(LedgerCalls ledgerCalls, Bank bank) {
        this.ledgerCalls = ledgerCalls;
        this.bank = bank;
    }

    @Override
    public void move(MoveRequest request, StreamObserver<MoveResponse> answer) {
        answer(request, answer, () -> bank.move(request));
    }

    @Override
    public void draw(MoveRequest request, StreamObserver<MoveResponse> answer) {
        MoveRequest back = request.toBuilder().setCents(-request.getCents()).build();
        answer(request, answer, () -> bank.move(back));
    }

    @Override
    public void settle(MoveRequest request, StreamObserver<MoveResponse> answer) {
        answer(request, answer, () -> bank.settle(request));
    }

    @Override
    public void behave(Behaviour request, StreamObserver<Behaviour> answer) {
        ledgerCalls.behave(request);
        answer.onNext(request);
        answer.onCompleted();
    }

    private void answer(MoveRequest request, StreamObserver<MoveResponse> observer, LedgerCalls.Work work) {
        try {
            // Without an answer, the caller's deadline closes the call.
            ledgerCalls.answer(request, work).ifPresent(done -> {
                observer.onNext(done);
                observer.onCompleted();
            });
        } catch (StatusRuntimeException no) {
            observer.onError(no);
        }
    }
}
