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
use crate::gate::config::ModelConfig;
use crate::gate::{Batch, Course, Method, Term};
use crate::nn::{Features, Linear, Parameters, Pass};
use crate::random::Stream;
use crate::tensor::{Real, reduce};

/// Names of the teacher's matrices begin with it.
pub const TEACHER: &str = "teacher.";

/// What of the teacher's latent space is handed on.
#[derive(Clone, Copy, Debug)]
pub enum Structure {
    /// The latent vectors, up to a learned projection.
    Features(Linear),
    /// Their pairwise distances over the mean.
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
    /// `teacher` (of all tasks, its names under [`TEACHER`]) trains first, `student` (of the target alone)
    /// after it; `projected` for kd, else gsp-kd.
    pub fn courses<T: Real>(
        parameters: &mut Parameters<T>,
        [teacher, student]: [HardSharing; 2],
        (tasks, target): (usize, usize),
        (config, projected): (&ModelConfig, bool),
        stream: &mut Stream,
    ) -> [Course<T>; 2] {
        let d = config.latent_dim;
        let structure = if projected {
            Structure::Features(Linear::new(parameters, "projection", (d, d), stream))
        } else {
            Structure::Distances
        };
        let pretraining = Course {
            lends: (0..tasks).map(|t| t != target).collect(),
            ..Course::whole(teacher.clone(), tasks)
        };
        let student = Self {
            teacher,
            student,
            structure,
            target,
            tasks,
            weight: config.distill,
        };
        let training = Course {
            frozen: parameters.named(|name| name.starts_with(TEACHER)),
            ..Course::whole(student, tasks)
        };
        [pretraining, training]
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
