----------------------------- MODULE CheckBack -----------------------------
(***************************************************************************)
(* A message that goes out if, and only if, a local database transaction   *)
(* of its sender commits.                                                  *)
(*                                                                         *)
(* The sender announces the message (Begin), runs its local transaction,   *)
(* and then says commit or abort. If it is not heard of, the coordinator   *)
(* asks back: "did you commit?" The question is an answer, too: it inserts *)
(* the row that the local transaction would have inserted. Who comes       *)
(* first wins, for good; a local transaction that finds the row taken      *)
(* rolls back. Without that, "no, not yet" would be taken for "no".        *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
    Attempts,      \* how often it asks, and how often it delivers, until it parks
    TakeOvers,     \* how often the row may change hands
    Mutant         \* the rule that is forgotten, or "none"

Broken(rule) == Mutant = rule

Incarnation == {1, 2}
Nobody == 0

VARIABLES
    row,        \* the message's row: BEGUN, RUNNING (it is being delivered), SUCCEEDED, ABORTED
    mem,        \* of each incarnation: the row as it took it, and whether it awaits an answer
    calls,      \* every call that ever left: "check", "deliver". Each may arrive at any time, any number of times
    key,        \* the barrier row at the sender: free, locked (its local transaction is open), business (committed), asked (by a check)
    sender,     \* where the sender is: new, open, done, gone
    received,   \* whether the message was received
    left

vars == <<row, mem, calls, key, sender, received, left>>

Nothing == [kind |-> "nothing"]

Init ==
    /\ row = [kind |-> "open", state |-> "BEGUN", owner |-> Nobody, rev |-> 1, parked |-> FALSE]     \* Begin was answered OK
    /\ mem = [i \in Incarnation |-> Nothing]
    /\ calls = {}
    /\ key = "free"
    /\ sender = "new"
    /\ received = FALSE
    /\ left = TakeOvers

IsOpen == row.kind = "open"
Holds(i) == mem[i].kind = "held"
Held(rev) == [kind |-> "held", state |-> row.state, rev |-> rev, tries |-> 0, awaits |-> FALSE]
IsFenced(i) == IsOpen /\ row.owner = i /\ row.rev = mem[i].rev

Write(i, written, kept) ==
    IF IsFenced(i)
    THEN row' = [written EXCEPT !.rev = row.rev + 1] /\ mem' = [mem EXCEPT ![i] = kept]
    ELSE row' = row /\ mem' = [mem EXCEPT ![i] = Nothing]

---------------------------------------------------------------------------
(* The sender. Its local transaction begins only after Begin was answered. *)

(* Its first statement takes the key, and waits for whoever has it: taken by a check, it rolls back. *)
BeginLocal ==
    /\ sender = "new"
    /\ IF key = "free" THEN key' = "locked" /\ sender' = "open" ELSE key' = key /\ sender' = "gone"
    /\ UNCHANGED <<row, mem, calls, received, left>>

CommitLocal ==
    /\ sender = "open"
    /\ key' = "business"
    /\ \E next \in {"done", "gone"} : sender' = next      \* gone: it never says commit, or dies before
    /\ UNCHANGED <<row, mem, calls, received, left>>

RollBackLocal ==
    /\ sender = "open"
    /\ key' = "free" /\ sender' = "gone"
    /\ UNCHANGED <<row, mem, calls, received, left>>

(* Commit, after the local transaction: the write that decides takes the row. *)
SayCommit(i) ==
    /\ sender = "done" /\ ~Holds(i)
    /\ IsOpen /\ row.state = "BEGUN" /\ row.owner = Nobody
    /\ row' = [row EXCEPT !.state = "RUNNING", !.owner = i, !.rev = @ + 1, !.parked = FALSE]
    /\ mem' = [mem EXCEPT ![i] = [Held(row.rev + 1) EXCEPT !.state = "RUNNING"]]
    /\ UNCHANGED <<calls, key, sender, received, left>>

---------------------------------------------------------------------------
(* The coordinators *)

(* The time to ask back has come. *)
Claim(i) ==
    /\ IsOpen /\ row.owner = Nobody /\ ~row.parked /\ ~Holds(i)
    /\ row' = [row EXCEPT !.owner = i, !.rev = @ + 1]
    /\ mem' = [mem EXCEPT ![i] = Held(row.rev + 1)]
    /\ UNCHANGED <<calls, key, sender, received, left>>

Ask(i) ==
    /\ Holds(i) /\ mem[i].state = "BEGUN" /\ ~mem[i].awaits /\ mem[i].tries < Attempts
    /\ calls' = calls \cup {"check"}
    /\ mem' = [mem EXCEPT ![i].tries = @ + 1, ![i].awaits = TRUE]
    /\ UNCHANGED <<row, key, sender, received, left>>

(* No answer, or "in progress". *)
NoAnswer(i) ==
    /\ Holds(i) /\ mem[i].awaits
    /\ mem' = [mem EXCEPT ![i].awaits = FALSE]
    /\ UNCHANGED <<row, calls, key, sender, received, left>>

Park(i) ==
    /\ Holds(i) /\ ~mem[i].awaits
    /\ mem[i].state \in {"BEGUN", "RUNNING"} /\ mem[i].tries = Attempts
    /\ Write(i, [row EXCEPT !.owner = Nobody, !.parked = TRUE], Nothing)
    /\ UNCHANGED <<calls, key, sender, received, left>>

(* An answer was heard: decided, durably, and only then delivered. *)
Decide(i) ==
    /\ Holds(i) /\ mem[i].state \in {"COMMITTED", "ROLLED BACK"}
    /\ IF mem[i].state = "COMMITTED"
       THEN Write(i, [row EXCEPT !.state = "RUNNING"], [mem[i] EXCEPT !.state = "RUNNING", !.tries = 0, !.rev = row.rev + 1])
       ELSE Write(i, [row EXCEPT !.state = "ABORTED", !.kind = "finished", !.owner = Nobody], Nothing)
    /\ UNCHANGED <<calls, key, sender, received, left>>

Deliver(i) ==
    /\ Holds(i) /\ mem[i].state = "RUNNING" /\ ~mem[i].awaits /\ mem[i].tries < Attempts
    /\ calls' = calls \cup {"deliver"}
    /\ mem' = [mem EXCEPT ![i].tries = @ + 1, ![i].awaits = TRUE]
    /\ UNCHANGED <<row, key, sender, received, left>>

End(i) ==
    /\ Holds(i) /\ mem[i].state = "DELIVERED"
    /\ Write(i, [row EXCEPT !.state = "SUCCEEDED", !.kind = "finished", !.owner = Nobody], Nothing)
    /\ UNCHANGED <<calls, key, sender, received, left>>

(* The owner died or stalled; it may go on as a zombie. *)
TakeOver(i) ==
    /\ left > 0 /\ IsOpen /\ row.owner \notin {Nobody, i}
    /\ left' = left - 1
    /\ row' = [row EXCEPT !.owner = i, !.rev = @ + 1]
    /\ mem' = [mem EXCEPT ![i] = Held(row.rev + 1)]
    /\ UNCHANGED <<calls, key, sender, received>>

---------------------------------------------------------------------------
(* What arrives *)

Hear(from, to) ==
    \/ UNCHANGED mem
    \/ \E i \in Incarnation : Holds(i) /\ mem[i].awaits /\ mem[i].state = from /\ mem' = [mem EXCEPT ![i].state = to, ![i].awaits = FALSE]

(* Insert the key, waiting no longer than a moment for whoever has it. *)
ArriveCheck ==
    CASE key = "business" -> Hear("BEGUN", "COMMITTED") /\ UNCHANGED key
      [] key = "locked"   -> UNCHANGED <<mem, key>>              \* in progress: ask again
      [] OTHER            -> /\ Hear("BEGUN", "ROLLED BACK")
                             /\ key' = IF Broken("check-only-reads") THEN key ELSE "asked"

Arrive(call) ==
    /\ IF call = "check" THEN ArriveCheck /\ UNCHANGED received
       ELSE received' = TRUE /\ Hear("RUNNING", "DELIVERED") /\ UNCHANGED key
    /\ UNCHANGED <<row, calls, sender, left>>

---------------------------------------------------------------------------
Work == \E i \in Incarnation : Claim(i) \/ Ask(i) \/ NoAnswer(i) \/ Park(i) \/ Decide(i) \/ Deliver(i) \/ End(i)
World ==
    \/ BeginLocal \/ CommitLocal \/ RollBackLocal
    \/ \E i \in Incarnation : SayCommit(i) \/ TakeOver(i)
    \/ \E call \in calls : Arrive(call)
Next == Work \/ World
Spec == Init /\ [][Next]_vars /\ WF_vars(Work)

---------------------------------------------------------------------------
L2 == "deliver" \in calls => row.state \in {"RUNNING", "SUCCEEDED"}
L6 == IsOpen => row.owner # Nobody \/ row.parked \/ row.state \in {"BEGUN", "RUNNING"}     \* asked back when it is due

(* The message is received only if the local transaction committed; given up only if it did not, and never will. *)
AllOrNothing ==
    /\ received => key = "business"
    /\ row.state = "SUCCEEDED" => received
    /\ row.state = "ABORTED" => key # "business"

L5Forever == [][row.kind = "finished" => row' = row]_row

Termination == row.kind = "open" ~> (row.kind = "finished" \/ row.parked)
============================================================================
