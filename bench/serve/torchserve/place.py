import fcntl
import os

held = []


def place(settings):
    """Pins this worker to the first CPUs that no other worker of the model holds, and gives its number of threads.

    TorchServe does not tell a worker which of them it is. The lock goes with the process, so that one that is started again
    finds its place.
    """
    for number, cpus in enumerate(settings["cpus"]):
        lock = open(os.path.join(settings["places"], str(number)), "a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        held.append(lock)
        # Threads that the libraries started when they were imported are moved too.
        for thread in os.listdir("/proc/self/task"):
            os.sched_setaffinity(int(thread), cpus)
        return len(cpus)
    raise RuntimeError("more workers than places")
