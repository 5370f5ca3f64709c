//! Distillation: a student of its own embedding learns the target, while its latent vectors are held to
//! those of a teacher that has learnt the sources.
//!
//! ```text
//! kd      mean |P z − z_T|² / mean |z_T|²             P a learned affine projection (Romero et al. 2015, eq. 3)
//! gsp-kd  mean (d_ij / d̄ − d_T,ij / d̄_T)²             d_ij = |z_i − z_j| within a shard (Park et al. 2019, eq. 6)
//! ```
//!
//! over all molecules of the step, labelled for the target or not.

use super::distances;
use super::shared::HardSharing;
use crate::autograd::{Tape, Var};
use crate::method::{Batch, Construction, Method, MethodName, Stage, Term};
use crate::nn::{Embedding, Features, Linear, Pass};
use crate::random::Stream;
use crate::tensor::{Real, reduce};

/// Names of the teacher's matrices begin with it.
const TEACHER: &str = "teacher.";

/// What of the teacher's latent space is handed on.
#[derive(Clone, Copy, Debug)]
pub enum Structure {
    /// The latent vectors, up to a learned projection.
    Features(Linear),
    /// Pairwise distances of the latent vectors, over their mean.
    Distances,
}

/// A student of the target beside a teacher of the sources.
#[derive(Clone, Debug)]
pub struct Distillation {
    teacher: HardSharing,
    student: HardSharing,
    structure: Structure,
    target: usize,
    tasks: usize,
    weight: f64,
}

impl Distillation {
    /// The teacher, of all tasks, trains on the sources first, the student, of the target alone, after it.
    pub fn stages<T: Real>(from: &mut Construction<'_, T>) -> [Stage<T>; 2] {
        let (config, tasks, target) = (from.config, from.tasks, from.target);
        let student = HardSharing::under("", &tasks[target..=target], from);
        let teacher = HardSharing::under(TEACHER, tasks, from);
        let d = config.latent_dim;
        let structure = match config.method {
            MethodName::Kd => {
                let name = "projection";
                Structure::Features(Linear::new(from.parameters, name, (d, d), from.stream))
            }
            _ => Structure::Distances,
        };
        let student = Self {
            teacher: teacher.clone(),
            student,
            structure,
            target,
            tasks: tasks.len(),
            weight: config.distill,
        };
        let frozen = from.parameters.named(|name| name.starts_with(TEACHER));
        [
            Stage::new(teacher, from.sources()),
            Stage {
                frozen,
                ..Stage::new(student, vec![true; tasks.len()])
            },
        ]
    }

    /// What the student's latent vectors are held to; the teacher is fixed, so its side is a constant.
    fn distillation<T: Real>(&self, pass: &mut Pass<'_, T>, z: Var, z_teacher: Var) -> Option<Var> {
        match &self.structure {
            Structure::Features(projection) => {
                let scale = mean_square(pass.tape, z_teacher);
                let projected = projection.forward(pass, z);
                let error = pass.tape.mean_square_difference(projected, z_teacher);
                // a teacher without any signal has nothing to hand on
                (scale > T::ZERO).then(|| pass.tape.scale(error, T::ONE / scale))
            }
            Structure::Distances => {
                let ours = distances::normalised(pass.tape, z)?;
                let theirs = distances::normalised(pass.tape, z_teacher)?;
                Some(pass.tape.mean_square_difference(ours, theirs))
            }
        }
    }
}

fn mean_square<T: Real>(tape: &Tape<T>, a: Var) -> T {
    let entries = tape.value(a).as_slice();
    reduce::sum_of_squares(entries) / T::from_f64(entries.len().max(1) as f64)
}

impl<T: Real> Method<T> for Distillation {
    fn embedding(&self) -> &Embedding {
        self.student.input()
    }

    fn losses(&self, pass: &mut Pass<'_, T>, batch: &Batch<T>, _: &mut Stream) -> Vec<Term> {
        let z = self.student.latent(pass, &batch.features);
        let prediction = self.student.head(pass, 0, z);
        let value = batch.error(pass.tape, prediction, self.target);
        let mut terms = vec![Term {
            name: "regression",
            value,
            weight: 1.0,
        }];
        let z_teacher = self.teacher.latent(pass, &batch.features);
        let fixed = pass.tape.value(z_teacher).clone();
        let fixed = pass.tape.constant(&fixed);
        let weight = self.weight * batch.share;
        if weight != 0.0 {
            terms.extend(self.distillation(pass, z, fixed).map(|value| Term {
                name: "distillation",
                value,
                weight,
            }));
        }
        terms
    }

    /// The target by the student, the sources by the teacher.
    fn predict(&self, pass: &mut Pass<'_, T>, features: &Features<T>) -> Var {
        let z = self.student.latent(pass, features);
        let z_teacher = self.teacher.latent(pass, features);
        let columns: Vec<Var> = (0..self.tasks)
            .map(|t| {
                if t == self.target {
                    self.student.head(pass, 0, z)
                } else {
                    self.teacher.head(pass, t, z_teacher)
                }
            })
            .collect();
        pass.tape.concat_columns(&columns)
    }
}
