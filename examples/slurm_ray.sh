#!/usr/bin/env bash
# A build on all nodes of a Slurm allocation: sbatch --nodes=8 examples/slurm_ray.sh --num-records 1000000
# Output goes where every node can write: a shared disk, or s3://bucket/prefix with the keys in the environment.
#SBATCH --job-name=warp-jit-pairs
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --time=24:00:00
set -euo pipefail

OUTPUT=${OUTPUT:-$SLURM_SUBMIT_DIR/warp_jit_pairs_data}
PORT=${PORT:-6379}

# Ray runs whatever code a caller sends: one token for this job, on a disk that only its owner reads.
export RAY_AUTH_MODE=token RAY_USAGE_STATS_ENABLED=0
export RAY_AUTH_TOKEN_PATH=${SLURM_SUBMIT_DIR}/.ray-token-${SLURM_JOB_ID}
(umask 077 && head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$RAY_AUTH_TOKEN_PATH")
trap 'rm -f "$RAY_AUTH_TOKEN_PATH"' EXIT

mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
head=${nodes[0]}
address=$(srun --nodes=1 --ntasks=1 -w "$head" hostname --ip-address | awk '{print $1}')
cores=${SLURM_CPUS_ON_NODE}

srun --nodes=1 --ntasks=1 --overlap -w "$head" \
    ray start --head --node-ip-address="$address" --port="$PORT" --num-cpus="$cores" --include-dashboard=false --block &
sleep 20
if ((${#nodes[@]} > 1)); then
    others=$(IFS=,; echo "${nodes[*]:1}")
    srun --nodes=$((${#nodes[@]} - 1)) --ntasks-per-node=1 --overlap -w "$others" \
        ray start --address="$address:$PORT" --num-cpus="$cores" --block &
fi

# Started again after the allocation's end, the same command goes on where it was.
srun --nodes=1 --ntasks=1 --overlap -w "$head" \
    warp-jit-pairs build --engine ray --ray-address "$address:$PORT" --output "$OUTPUT" "$@"
